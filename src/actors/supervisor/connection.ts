/** A connection by its id: the object behind its user's handle. Outlives incarnations; which of them runs is the part of `Supervision`. */

import type { Observable } from 'rxjs';
import { abortable, signalOf, type WaitOptions } from '../../base/abortable.ts';
import { needed } from '../../base/needed.ts';
import type { PolicyConfig } from '../../config/policy.ts';
import type { Plan } from '../../endpoints/plan.ts';
import type { ConnectionSnapshot, ConnectionState } from '../../machines/connection.ts';
import type { SupervisionEvent, SupervisionState } from '../../machines/supervision.ts';
import type { Message } from '../../messages/message.ts';
import { Outbox } from '../../messages/outbox.ts';
import type { ReadOptions } from '../../messages/reader.ts';
import type { Receipt } from '../../messages/receipts.ts';
import { refused, type Sender, type SendOptions, submit } from '../../messages/send.ts';
import type { Exit } from '../../policy/exits.ts';
import type { Rtt } from '../../policy/rtt.ts';
import type { CloseFrame } from '../../ports/transport.ts';
import type { Clock } from '../../time/clock.ts';
import type { Timekeeper } from '../../time/timekeeper.ts';
import type { Traffic } from '../incarnation/host.ts';
import type { HistoryEntry, Move, Recording, Tape } from '../incarnation/recorder.ts';
import { crashedBy, printable } from '../incarnation/verdicts.ts';
import { endedEvent, nameOf, stateEvent, type Why } from './events.ts';
import { Facts } from './facts.ts';
import type { Buffered, Connection, MessageCallback, ReconnectOptions } from './handle.ts';
import { bufferedIn } from './handle.ts';
import { isReady, Life, type LifeHost, loopOver, messagesOf, readinessOf, statesOf } from './life.ts';
import type { Part } from './parts.ts';
import type { SupervisionHost, SupervisorPort } from './port.ts';
import { checkedNext, neverSent } from './refusals.ts';
import { Supervision } from './supervision.ts';

export class SupervisedConnection extends Facts implements Connection, SupervisionHost, LifeHost, Sender {
  readonly id: string;
  readonly supervision: Supervision;
  /** Before its first dial `connecting`, when lazy `closed`; between two incarnations `closed`. */
  state: ConnectionState = 'connecting';
  readonly #port: SupervisorPort;
  /** That of the spec which holds now. */
  onMessage: MessageCallback | undefined;
  /** The signals that close it, with what withdraws their listeners. Takes no memory where none does. */
  declare signals?: Map<AbortSignal, () => void> | undefined;
  #outbox: Outbox | undefined;
  #life: Life | undefined;
  #tape: Tape;

  constructor(id: string, plan: Plan, onMessage: MessageCallback | undefined, port: SupervisorPort) {
    super();
    this.id = id;
    this.#port = port;
    this.onMessage = onMessage;
    if (plan.lazy) this.state = 'closed';
    this.supervision = new Supervision(this, plan, port);
  }

  get timekeeper(): Timekeeper {
    return this.#port.timekeeper;
  }

  get clock(): Clock {
    return this.timekeeper.clock;
  }

  get parts(): Part {
    return this.#port.parts;
  }

  get life(): Life {
    this.#life ??= new Life();
    return this.#life;
  }

  close(): Promise<Exit> {
    return this.supervision.close();
  }

  reconnect(options?: ReconnectOptions): void {
    this.supervision.reconnect(checkedNext(options));
  }

  configure(config: PolicyConfig): void {
    this.supervision.replace(config, this.#port.policyFor(config));
  }

  healthy(): void {
    this.supervision.forgetFailures(undefined, true);
  }

  get state$(): Observable<ConnectionState> {
    return statesOf(this);
  }

  get messages$(): Observable<never> {
    return messagesOf(this);
  }

  messages(options?: ReadOptions): AsyncIterable<never> {
    return { [Symbol.asyncIterator]: loopOver(this, options) };
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<never> {
    return loopOver(this)();
  }

  get buffered(): Buffered {
    return bufferedIn(this.#outbox, this.current?.underWay);
  }

  get closed(): Promise<Exit> {
    return this.exit === undefined ? this.life.closed : Promise.resolve(this.exit);
  }

  history(): readonly HistoryEntry[] {
    return this.#port.recording?.read(this.#tape, this.incarnation) ?? [];
  }

  send(message: unknown, options?: SendOptions): Promise<Receipt> {
    if (this.leaving) return refused(neverSent(this.id, 'is closed', this.exit));
    const receipt = submit(message, this, options);
    if (this.current === undefined) this.updateReading();
    return receipt;
  }

  async ready(options?: WaitOptions): Promise<void> {
    const signal = signalOf(options);
    const ready = abortable(readinessOf(this), signal);
    this.parts.rests?.awaits(this, ready);
    return ready;
  }

  async probe(): Promise<number> {
    return needed(this.parts, 'probes', 'probe').probeOf(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The running incarnation ended, as its chart says. */
  onExit(exit: Exit): void {
    if (this.parts.hedging?.isStray(exit)) return;
    this.state = 'closed';
    this.supervision.onExit(exit);
  }

  /** The actor of the running incarnation failed: a bug, in the chart or near it. */
  crashed(error: unknown): void {
    const { current } = this;
    if (current === undefined) return;
    this.#port.steps.run(() => {
      const exit = current.exit(printable(crashedBy(error)), current.isProved);
      const from = this.state;
      this.recorded({
        chart: 'connection',
        event: { type: 'failed', ...exit },
        from,
        to: 'closed',
        verdict: exit,
      });
      this.#enter(from, 'closed', { reason: exit.reason, class: exit.class, detail: exit.detail ?? '' });
      this.onExit(exit);
    });
  }

  supervised(event: SupervisionEvent, from: SupervisionState, to: SupervisionState): void {
    this.recorded({ chart: 'supervision', event, from, to });
    this.#port.onMove?.({ ...nameOf(this), event: event.type, from, to });
  }

  moved(from: ConnectionState | undefined, to: ConnectionState, snapshot: ConnectionSnapshot): void {
    this.#port.steps.run(() => {
      if (to === 'alive') this.#port.carryOut(this.#port.gates.connected(this.supervision));
      const { reason, code, detail } = snapshot.output ?? snapshot.context.verdict ?? {};
      this.#enter(from, to, { reason, class: snapshot.output?.class, code, detail });
      this.updateReading();
      this.settleLife();
    });
  }

  proved(): void {
    this.#port.proved(this);
    this.settleLife();
  }

  get traffic(): Traffic | undefined {
    return this.#port.trafficOf?.(this);
  }

  get isRead(): boolean {
    return this.#life?.inbox?.isRead === true;
  }

  message(message: unknown): void {
    const { onMessage } = this;
    if (onMessage !== undefined)
      this.#port.journal.shield('onMessage', () => onMessage(message as never, this as never));
    this.#life?.inbox?.deliver(message);
  }

  nextMessage(): Message | undefined {
    return this.#outbox?.shift();
  }

  get waiting(): boolean {
    return this.#outbox !== undefined && this.#outbox.length > 0;
  }

  get goodbyeFrame(): CloseFrame | undefined {
    return this.#port.stopping ? this.plan.goodbyeFrame : undefined;
  }

  get outbox(): Outbox {
    this.#outbox ??= new Outbox();
    return this.#outbox;
  }

  heartbeat(kind: 'sent' | 'received', rtt: Rtt | undefined): void {
    this.#port.journal.heartbeat(this, kind, rtt);
  }

  warned(detail: string): void {
    this.#port.journal.publish({ event: 'warning', ...nameOf(this), detail }, 'warn');
  }

  reportError(error: unknown, where: string): void {
    this.#port.journal.report(error, where);
  }

  /** Reads, or leaves it to the kernel: as the slowest reader wants it, once it can be asked. */
  updateReading(): void {
    this.parts.rests?.reconsider(this);
    if (this.current === undefined || this.state === 'connecting') return;
    this.parts.readers?.regulate(this.current, (this.#life?.fullLoops ?? 0) > 0 && !this.leaving);
  }

  /** `from` is undefined for the first state of an incarnation. */
  #enter(from: ConnectionState | undefined, to: ConnectionState, why: Why): void {
    const changed = this.state !== to;
    this.state = to;
    const evidence = to === 'suspect' ? this.current?.deadlines.evidence : undefined;
    this.#port.journal.publish(stateEvent(nameOf(this), from, to, this.rtt, why, evidence));
    if (changed) this.#life?.moved(to, this.#port.steps);
  }

  settleLife(): void {
    if (isReady(this)) this.#life?.becameReady(this);
    if (this.#life?.isIdle) this.#life = undefined;
  }

  charted(...moved: Parameters<Recording['moveOf']>): void {
    const move = this.#port.recording?.moveOf(...moved);
    if (move !== undefined) this.recorded(move);
  }

  recorded(move: Move): void {
    this.#tape = this.#port.recording?.record(this.#tape, move);
  }

  detachWaiters(): (exit: Exit) => void {
    const [outbox, life] = [this.#outbox, this.#life];
    this.#outbox = this.#life = undefined;
    const neverDialled = this.state !== 'closed';
    this.state = 'closed';
    return (exit) => {
      outbox?.clear(neverSent(this.id, `ended: ${exit.reason}`, exit));
      if (neverDialled) life?.moved('closed', this.#port.steps);
      life?.end(this.id, exit);
    };
  }

  publishEnd(kind: 'left' | 'gave-up', exit: Exit, because: string | undefined): void {
    const history = kind === 'gave-up' && this.#tape !== undefined ? this.history() : undefined;
    this.#port.journal.publish(endedEvent(kind, nameOf(this), exit, because, history));
  }
}
