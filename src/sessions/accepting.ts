/** The sessions that one supervisor accepts by one protocol: hellos are answered by what the store says. */
import type { SupervisorPort } from '../actors/supervisor/port.ts';
import { deferred } from '../base/deferred.ts';
import { badConfig } from '../base/errors.ts';
import type { DetachedView, SessionKeeper } from '../base/session-view.ts';
import { isRefused } from '../ports/protocol.ts';
import type { Timekeeper } from '../time/timekeeper.ts';
import type { AcceptSettings, IdentityRequest } from './accept-options.ts';
import { AcceptedSession, type Carrier } from './accepted-session.ts';
import { type Admitted, refused } from './admitted.ts';
import { Buckets } from './buckets.ts';
import type { Arrived } from './handle.ts';
import { randomHex } from './link.ts';
import { Membership, type MembershipHost } from './membership.ts';
import { MemoryStore } from './memory-store.ts';
import { SessionHandle } from './session-handle.ts';
import type { SessionsHost } from './sessions-host.ts';
import type { Claimant, Granted, Place, Refusal, SessionStore, Waiting, Written } from './store.ts';
import { Pause } from './store-calls.ts';
import { detachedViews, keepersOf } from './view.ts';
import type { Hello } from './wire.ts';

/** Milliseconds for which a hello waits for the claims of another process, and between two looks. */
const PATIENCE = 2000;
const LOOK = 100;
/** Milliseconds for which handlers, and what the store is told of them, go on after the supervisor has stopped. */
const LAST_WORDS = 10_000;
/** Milliseconds after which a client comes again that was told `unavailable`. */
export const RETRY = 1000;

type Question = () => Promise<Granted | Waiting | Refusal>;

export class AcceptedSessions implements SessionsHost, MembershipHost, SessionKeeper {
  readonly settings: AcceptSettings;
  readonly store: SessionStore;
  readonly timekeeper: Timekeeper;
  readonly mail: SessionsHost['mail'];
  readonly #port: Pick<SupervisorPort, 'journal'>;
  readonly #sessions = new Map<string, AcceptedSession>();
  /** By session, the hello that is being answered last: one at a time. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #buckets = new Buckets();
  readonly #membership: Membership;
  #isOver = false;
  isGone = false;
  #patience: Pause | undefined;

  constructor(settings: AcceptSettings, port: Pick<SupervisorPort, 'journal' | 'timekeeper' | 'parts'>) {
    this.settings = settings;
    this.store = settings.store ?? new MemoryStore();
    this.#port = port;
    this.timekeeper = port.timekeeper;
    const { outboxes } = port.parts;
    if (outboxes === undefined)
      throw badConfig('parts', 'given', 'the part outboxes, where sessions are accepted');
    this.mail = outboxes;
    this.#membership = new Membership(this.store, this);
    port.journal.events$.subscribe({ complete: () => this.#stop() });
    keepersOf(port).add(this);
  }

  /** The sessions that wait for a socket. */
  detached(): Iterable<DetachedView> {
    return detachedViews(this.#sessions.values());
  }

  get holdsClaims(): boolean {
    return this.#membership.holdsClaims;
  }

  /** Rejects with `ConfigError` when the store is not fit for sessions. */
  check(): Promise<void> {
    return this.#membership.check();
  }

  report(error: unknown, where: string): void {
    this.#port.journal.report(error, where);
  }

  isAsked({ id, instance, identity }: AcceptedSession): boolean {
    return this.#turns.has(id) || this.#turns.has(`${instance} ${identity}`);
  }

  forget(session: { readonly id: string }): void {
    if (this.#sessions.get(session.id) === session) this.#sessions.delete(session.id);
    if (this.#isOver && this.#sessions.size === 0) this.#patience?.stop();
  }

  /** Answers a hello. Never rejects. */
  async admit(hello: Hello, request: IdentityRequest, carrier: Carrier): Promise<Admitted> {
    if (!(await this.#membership.begin())) return refused('unavailable', RETRY);
    const identity = await this.#identityOf(request);
    if (typeof identity !== 'string') return identity;
    const { session } = hello;
    const wait =
      session === undefined ? 0 : this.#buckets.take(`${session} ${identity}`, this.timekeeper.now());
    if (wait > 0) return refused('unavailable', Math.ceil(wait));
    const key = session ?? `${hello.instance} ${identity}`;
    const before = this.#turns.get(key);
    const turn = deferred<void>();
    this.#turns.set(key, turn.promise);
    await before;
    try {
      return await this.#taken(hello, identity, carrier);
    } catch (error) {
      this.report(error, 'session store');
      return refused('unavailable', RETRY);
    } finally {
      turn.resolve();
      if (this.#turns.get(key) === turn.promise) this.#turns.delete(key);
    }
  }

  /** The socket was gone before the answer could be sent; after the stop of the supervisor none follows. */
  abandoned(session: AcceptedSession): void {
    if (session.carrier !== undefined || session.state === 'ended') return;
    if (this.#isOver) session.finish('going-away', !this.store.shared);
    else session.detached();
  }

  /** The dialling side has had the welcome: its application's counterpart hears of the session. */
  announce(session: AcceptedSession, arrived: Arrived): void {
    const { onSession } = this.settings;
    this.#port.journal.shield('onSession', () => onSession?.(new SessionHandle(session), arrived));
    session.in.handOut();
  }

  async #identityOf(request: IdentityRequest): Promise<string | Admitted> {
    const { identify } = this.settings;
    if (identify === undefined) return '';
    try {
      const identity: unknown = await identify(request);
      if (typeof identity === 'string' && identity !== '') return identity;
      this.report(
        new TypeError(`identify: expected a text that is not empty, and got ${typeof identity}`),
        'identify',
      );
      return refused('not-yours');
    } catch (error) {
      if (isRefused(error)) return refused('not-yours');
      this.report(error, 'identify');
      return refused('unavailable', RETRY);
    }
  }

  async #taken(hello: Hello, identity: string, carrier: Carrier): Promise<Admitted> {
    const local = this.#localOf(hello.session);
    // A client that names its session has had a welcome: an end of its last socket, while the store is asked, ends the session no more.
    if (local?.identity === identity) local.isKept = true;
    const { instance, attempt } = hello;
    const claimant = { process: this.#membership.process, identity, instance, attempt };
    const answer = await this.#answered(this.#question(hello, claimant), local);
    if (answer === undefined) return refused('unavailable', RETRY);
    if (answer.kind === 'waiting') return refused('unavailable', PATIENCE / 4);
    if (answer.kind === 'refused')
      return refused(answer.reason, answer.reason === 'unavailable' ? RETRY : undefined);
    const granted = this.#granted(answer, claimant, carrier);
    if (hello.session !== undefined && granted.kind === 'granted') granted.session.isKept = true;
    return granted;
  }

  /** The question to the store, each time the same: messages that this process has are not asked for. */
  #question({ session, epoch, handled }: Hello, claimant: Claimant): Question {
    const { store } = this;
    const { keepFor, maxSessions } = this.settings;
    const fresh = randomHex(16);
    if (session === undefined) return () => store.open({ ...claimant, session: fresh, keepFor, maxSessions });
    return () =>
      store.resume({ ...claimant, session, epoch, have: this.#localOf(session)?.out.sent ?? handled });
  }

  /** The session, if it is in this process and not over. */
  #localOf(session: string | undefined): AcceptedSession | undefined {
    const local = session === undefined ? undefined : this.#sessions.get(session);
    return local?.state === 'ended' ? undefined : local;
  }

  /**
   * Asks until there is an answer, no other process holds claims, and nothing is handled here of a former life of the session; for 2 s.
   * Each answer has the numbers of its time: what was recorded meanwhile is in the last one.
   */
  async #answered(
    ask: Question,
    local: AcceptedSession | undefined,
  ): Promise<Granted | Waiting | Refusal | undefined> {
    if (local?.isUnanswered) return undefined;
    const until = this.timekeeper.now() + PATIENCE;
    let isEnded = false;
    for (let isFirst = true; ; isFirst = false) {
      const answer = await this.#asked(ask, local, isFirst);
      if (answer?.kind === 'refused') return answer;
      // Over since it was asked for: an end at the epoch before was refused, and the numbers of the answer are old.
      if (local?.state === 'ended' && !isEnded) isEnded = await this.#endAgain(local, answer);
      else if (answer?.kind === 'granted' && !this.#hasFormer(answer)) return answer;
      if (this.timekeeper.now() + LOOK > until || this.#isOver) {
        void this.#giveUp(ask, local);
        return answer && { kind: 'waiting', session: answer.session, epoch: answer.epoch };
      }
      await this.#pause();
    }
  }

  /** The answer; undefined where the store cannot be reached. Until the next answer the owner of the session is not known. */
  async #asked(ask: Question, local: AcceptedSession | undefined, isFirst: boolean) {
    try {
      const answer = await ask();
      if (local !== undefined) local.isUnanswered = false;
      return answer;
    } catch (error) {
      if (local !== undefined) local.isUnanswered = true;
      if (isFirst) this.report(error, 'session store');
      return undefined;
    }
  }

  /** Returns whether the store has heard of the end, where it has to. */
  async #endAgain(local: AcceptedSession, answer: Granted | Waiting | undefined): Promise<boolean> {
    if (answer === undefined) return false;
    return !local.isOverForAll || this.#told(() => this.store.end(this.#placeOf(answer)));
  }

  /** A life of the session in this process that is over, or that another process has followed. */
  #hasFormer({ session, epoch }: Granted): boolean {
    const known = this.#sessions.get(session);
    if (known === undefined) return false;
    if (known.state !== 'ended' && epoch > known.epoch + 1) known.lost('moved');
    return known.state === 'ended';
  }

  /** The client is told to come again. What the store has granted meanwhile is detached, or it would be kept for ever. */
  async #giveUp(ask: Question, local: AcceptedSession | undefined): Promise<void> {
    for (;;) {
      const answer = await this.#asked(ask, local, false);
      if (answer !== undefined) {
        if (answer.kind === 'refused') return;
        if (local !== undefined && answer.epoch === local.epoch + 1) local.moveTo(answer.epoch);
        const place = this.#placeOf(answer);
        const isOver = local?.isOverForAll === true;
        return void (await this.#told(() => (isOver ? this.store.end(place) : this.store.detach(place))));
      }
      if (this.#isOver) return;
      await this.#pause();
    }
  }

  async #told(write: () => Written | Promise<Written>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (error) {
      this.report(error, 'session store');
      return false;
    }
  }

  #granted(granted: Granted, claimant: Claimant, carrier: Carrier): Admitted {
    const known = this.#sessions.get(granted.session);
    // The store has given the answer of before, and changed nothing: a hello that is heard again, on another socket.
    if (known?.instance === claimant.instance && claimant.attempt <= known.attempt)
      return refused('replaced');
    const session = known ?? new AcceptedSession(this, granted, claimant, carrier);
    session.instance = claimant.instance;
    session.attempt = claimant.attempt;
    if (session.epoch !== granted.epoch) session.moveTo(granted.epoch);
    this.#sessions.set(session.id, session);
    return { kind: 'granted', session };
  }

  #placeOf({ session, epoch }: { readonly session: string; readonly epoch: number }): Place {
    return { session, epoch, process: this.#membership.process };
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => new Pause(this.timekeeper, LOOK, resolve));
  }

  /** A session that is back by now has a later epoch. */
  movedAway(id: string, epoch: number): void {
    const session = this.#sessions.get(id);
    if (session !== undefined && session.state !== 'ended' && session.epoch < epoch) session.lost('moved');
  }

  regained(): void {
    for (const session of this.#sessions.values()) session.in.handOut();
  }

  /** The supervisor has stopped: sessions without a socket end here, or for all. */
  #stop(): void {
    this.#isOver = true;
    for (const session of [...this.#sessions.values()]) session.finish('going-away', !this.store.shared);
    if (this.#sessions.size === 0) return this.#leave();
    this.#patience = new Pause(this.timekeeper, LAST_WORDS, () => this.#leave());
  }

  /** Claims end once nothing is handled any more, and what was handled is recorded. */
  #leave(): void {
    this.isGone = true;
    this.#membership.leave();
  }
}
