/** The sessions of one dialled connection, one after another: what lasts over their ends. */
import { Observable } from 'rxjs';
import type { SupervisedConnection } from '../actors/supervisor/connection.ts';
import type { SupervisorPort } from '../actors/supervisor/port.ts';
import { Broadcast } from '../base/broadcast.ts';
import { defined } from '../base/defined.ts';
import type { Receipt } from '../messages/receipts.ts';
import type { Timekeeper } from '../time/timekeeper.ts';
import { Consumers, type ConsumersHost } from './consumers.ts';
import type { DialDialogue, DialledSessions } from './dial-dialogue.ts';
import { DialledLink, type DialledOwner } from './dialled-link.ts';
import { lossOf, SessionReports } from './events.ts';
import type { SessionInfo, SessionLoss, SessionReceipt } from './info.ts';
import type { DialSettings } from './options.ts';
import { Numbered, queued } from './outgoing.ts';
import { Parting } from './parting.ts';
import type { Bye, Hello, Welcome, Window } from './wire.ts';

/** The connection, beside what it has of its base. */
export interface SessionHost extends SupervisedConnection {
  /** The next message of the outbox. */
  peekMessage(): ReturnType<SupervisedConnection['nextMessage']>;
  /** Takes that message out of the outbox. */
  takeMessage(): ReturnType<SupervisedConnection['nextMessage']>;
}

export class DialledSessionsOf implements DialledSessions, DialledOwner, ConsumersHost {
  link: DialledLink;
  consumers = new Consumers(this);
  readonly #connection: SessionHost;
  readonly #journal: SupervisorPort['journal'];
  readonly #settings: DialSettings;
  #infos: Broadcast<SessionInfo> | undefined;
  /** `unacknowledged` as subscribers heard it last; undefined: it changed in this turn, and they hear of it at its end. */
  #told: number | undefined = 0;
  /** The connection was alive in this session. */
  #wasAlive = false;
  #lost: SessionLoss | undefined;
  #parting: Parting | undefined;

  constructor(connection: SessionHost, port: Pick<SupervisorPort, 'journal'>, settings: DialSettings) {
    this.#settings = settings;
    this.#connection = connection;
    this.#journal = port.journal;
    this.link = new DialledLink(this);
  }

  // --- what its connection asks for

  get session$(): Observable<SessionInfo> {
    return new Observable((subscriber) => {
      this.#infos ??= new Broadcast();
      this.#infos.greet(subscriber, this.info);
    });
  }

  get info(): SessionInfo {
    const { id, epoch, state, resumed, out } = this.link;
    const attached = state === 'attached';
    return defined({
      id,
      epoch,
      attached,
      resumed,
      unacknowledged: out.unacknowledged,
      lost: this.#lost,
    } as const);
  }

  /**
   * Gives a message its number without the way through the outbox, where nothing waits. Undefined: it has to take that way, or
   * is refused on it.
   */
  sendAtOnce(message: unknown): Promise<SessionReceipt> | undefined {
    const { link } = this;
    const { current, leaving, incarnation, plan } = this.#connection;
    if (leaving || link.line === undefined || link.waits || !current?.sending.flowing) return undefined;
    const chunk = this.#settings.framing.encodeIfValid(message);
    if (chunk === undefined || chunk.length > plan.policy.outbox.bytes) return undefined;
    const payload = this.#settings.framing.payloadIn(chunk.length);
    if (!link.out.fits(payload)) return undefined;
    const numbered = new Numbered(chunk, payload, 0, incarnation);
    link.out.add(numbered);
    this.counted();
    current.pump();
    return Promise.resolve(numbered);
  }

  /** The promise that `send` returns: inside of the application's own handler it does not wait for credit. */
  receiptOf(receipt: Promise<SessionReceipt>): Promise<SessionReceipt> {
    if (!this.link.in.isBusy || this.#connection.peekMessage() === undefined) return receipt;
    return queued(receipt, this.#connection.incarnation);
  }

  alive(): void {
    this.#wasAlive = true;
    this.link.in.handOut();
  }

  /** The incarnation has ended. */
  released(): void {
    this.#parting?.end();
    const { in: incoming, line } = this.link;
    // After a message that failed, or a goodbye, a `reconnect()` that came before the answer begins another session.
    if (this.#parting !== undefined || incoming.isHalted || line?.hasLeft) this.over('closed');
    this.#parting = undefined;
    if (this.link.state !== 'attached') return;
    this.link.step({ type: 'cut' });
    this.#tell('detached');
  }

  /** The connection is over, and with it its session. */
  end(): void {
    this.over('closed');
    this.link.in.drop();
    this.consumers.end();
    this.consumers = new Consumers(this);
    this.#infos?.complete();
    this.#infos = undefined;
  }

  // --- what its dialogues ask for

  get current() {
    return this.#connection.current;
  }

  get leaving(): boolean {
    return this.#connection.leaving;
  }

  get closeMs(): number {
    return this.#connection.plan.policy.deadlines.close;
  }

  hello(): Omit<Hello, 'credentials'> {
    if (this.link.state === 'ended') this.#begin();
    return this.link.hello();
  }

  welcomed(welcome: Welcome, line: DialDialogue): boolean {
    if (!this.link.welcomed(welcome, line)) return false;
    this.#compare(welcome);
    if (this.#connection.state === 'alive') this.#wasAlive = true;
    this.#tell('attached');
    this.#lost = undefined;
    return true;
  }

  #compare({ keepFor, resumed }: Welcome): void {
    const { wantsKept = 0 } = this.#settings;
    if (keepFor < wantsKept && !resumed)
      this.#connection.warned(
        `session: kept for ${keepFor} ms without a socket, less than keepFor (${wantsKept} ms)`,
      );
  }

  lost(reason: SessionLoss['reason']): void {
    const old = this.link;
    const { framing, onLost } = this.#settings;
    const resent = onLost === 'resend';
    const kept = old.out.kept;
    this.#lost = lossOf(old.id, reason, kept, resent, framing);
    this.#reports.lost(this.#lost);
    const wasAlive = this.#wasAlive;
    const next = this.#begin();
    this.#wasAlive = wasAlive;
    if (resent) old.out.leaveTo(next.out);
    next.again = next.out.sent;
    old.step({ type: 'over' });
    this.#inform();
    next.in.handOut();
  }

  over(reason: string): void {
    const { link } = this;
    if (link.state === 'ended') return;
    link.step({ type: 'over' });
    if (link.id !== '') this.#tell('ended', reason);
  }

  parting(bye: Bye, answer: (handled: number) => void): void {
    const { link } = this;
    link.acknowledged(bye.handled);
    link.out.end();
    const late = () => this.current?.failed({ reason: 'going-away', detail: 'no end after the goodbye' });
    this.#parting = new Parting(
      link,
      this.timekeeper,
      this.closeMs,
      (handled) => {
        answer(handled);
        this.over(bye.reason);
      },
      late,
    );
    link.in.handOut();
    this.#parting.check();
  }

  // --- what its sessions ask for

  get timekeeper(): Timekeeper {
    return this.#connection.timekeeper;
  }

  get window(): Window {
    return this.#settings.window;
  }

  get handsOut(): boolean {
    return this.#wasAlive && !this.leaving;
  }

  get nextPayload(): number | undefined {
    const next = this.#connection.peekMessage();
    return next && this.#settings.framing.payloadIn(next.bytes);
  }

  numberNext(link: DialledLink): void {
    const message = this.#connection.takeMessage();
    if (message === undefined) return;
    const { framing } = this.#settings;
    const { chunk, bytes, silence } = message;
    const numbered = new Numbered(chunk, framing.payloadIn(bytes), silence, this.#connection.incarnation);
    link.out.add(numbered);
    message.resolve(numbered as unknown as Receipt);
    this.counted();
  }

  counted(): void {
    if (this.#infos === undefined || this.#told === undefined) return;
    const told = this.#told;
    this.#told = undefined;
    queueMicrotask(() => {
      // Told since, with all else that changed.
      if (this.#told !== undefined) return;
      this.#told = told;
      if (this.link.out.unacknowledged !== told) this.#inform();
    });
  }

  handled(): void {
    this.#parting?.check();
    if (!this.leaving) return;
    const { current } = this.#connection;
    current?.pump();
    current?.sending.reportDrained();
  }

  stuck(forMs: number): void {
    this.#reports.stuck(this.link, forMs);
  }

  // --- what its consumers ask for

  get hasCallback(): boolean {
    return this.#connection.onMessage !== undefined;
  }

  call(message: unknown): unknown {
    return this.#connection.onMessage?.(message as never, this.#connection as never);
  }

  changed(): void {
    this.link.in.handOut();
    this.#connection.updateReading();
  }

  failed(error: unknown): boolean {
    this.#connection.reportError(error, 'onMessage');
    if (this.#settings.onFailure === 'handled') return true;
    this.link.in.halt();
    void this.#connection.close();
    return false;
  }

  get #reports(): SessionReports {
    return new SessionReports(this.#connection, this.#journal);
  }

  #begin(): DialledLink {
    const old = this.link;
    this.link = new DialledLink(this);
    this.#wasAlive = false;
    old.in.leaveTo(this.link.in);
    return this.link;
  }

  #tell(to: 'attached' | 'detached' | 'ended', reason?: string): void {
    this.#reports.moved(this.link, to, reason);
    this.#inform();
  }

  #inform(): void {
    this.#told = this.link.out.unacknowledged;
    this.#infos?.next(this.info);
  }
}
