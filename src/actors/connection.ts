/**
 * One id: what stands behind its user's handle, and the supervisor's record of it. It outlives
 * incarnations; the outbox and the message stream belong to it.
 */
import { Observable } from 'rxjs';
import type { Policy, PolicyConfig } from '../config/policy.ts';
import { defined } from '../defined.ts';
import { ConnectionClosedError, DeliveryError, HoldfastError } from '../errors.ts';
import type { ConnectionSnapshot, ConnectionState } from '../machines/connection.ts';
import type { ConnectionEvent } from '../machines/port.ts';
import { backoffAt, sameBackoff } from '../policy/backoff.ts';
import { describeThrown, type Exit } from '../policy/exits.ts';
import { countsAtGate } from '../policy/gate.ts';
import {
  type Because,
  decide,
  elapsedAt,
  freshHistory,
  type History,
  hintDelay,
  isStable,
  type ReconnectPolicy,
} from '../policy/restart.ts';
import type { Rtt } from '../policy/rtt.ts';
import type { CloseFrame } from '../transport/transport.ts';
import { abortable, type WaitOptions } from './abortable.ts';
import { Broadcast } from './broadcast.ts';
import { type Deferred, deferred } from './deferred.ts';
import type { Gates, Waiter } from './gates.ts';
import type { Buffered, Connection, ConnectionStatus, MessageCallback } from './handle.ts';
import { Inbox, type InboxHost, limitsOf, type ReadOptions } from './inbox.ts';
import type { LifecycleEvent } from './lifecycle.ts';
import { type ChartActor, Link, type LinkHost } from './link.ts';
import type { Message } from './message.ts';
import { Outbox } from './outbox.ts';
import type { Plan } from './plan.ts';
import { endedReader, type Reader, type ReadLimits } from './reader.ts';
import type { Receipt } from './receipts.ts';
import type { HistoryEntry, Move, Recorder, Tape } from './recorder.ts';
import type { Signal } from './signals.ts';
import { refused, type SendOptions, submit } from './submit.ts';
import type { Alarm, Timekeeper } from './timekeeper.ts';

/** What follows the exit of the running incarnation. */
type After = 'policy' | 'leave' | 'again';

/** The record of an id. */
export type Status =
  | { readonly kind: 'running'; readonly link: Link; readonly after: After }
  | {
      readonly kind: 'waiting';
      readonly until: number;
      readonly because: Because | 'start';
      alarm: Alarm;
      last: Exit | undefined;
    }
  | { readonly kind: 'left' | 'gave-up'; readonly exit: Exit };

/** What a connection needs of its supervisor. */
export interface Keeper {
  readonly timekeeper: Timekeeper;
  readonly recorder: Recorder | undefined;
  /** It says goodbye to everybody. */
  readonly stopping: boolean;
  readonly gates: Gates;
  /** Asks for a new incarnation, now or when its turn comes. `hurry`: a user asked for it. */
  start(connection: SupervisedConnection, hurry?: boolean): void;
  /** Reads a policy over the supervisor's. Throws `ConfigError`. */
  policyFor(config: PolicyConfig): Policy;
  /** The id is over, and free again. */
  retire(connection: SupervisedConnection): void;
  /** Takes the id back, or throws when somebody else has it. */
  enlist(connection: SupervisedConnection): void;
  publish(event: LifecycleEvent): void;
  heartbeat(connection: SupervisedConnection, kind: 'sent' | 'received', rttMs: number | undefined): void;
  /** Runs code of the user; what it throws is reported and goes no further. */
  shield(where: string, code: () => void): void;
}

export class SupervisedConnection implements Connection, LinkHost, InboxHost, Waiter {
  readonly id: string;
  readonly plan: Plan;
  state: ConnectionState = 'closed';
  incarnation = 0;
  readonly #keeper: Keeper;
  readonly #onMessage: MessageCallback | undefined;
  #status: Status;
  #history: History = freshHistory;
  #outbox: Outbox | undefined;
  #inbox: Inbox | undefined;
  #states: Broadcast<ConnectionState> | undefined;
  #closed: Deferred<Exit> | undefined;
  /** Who waits for the end of the running incarnation. It ends also when the id is wanted again. */
  #closing: Deferred<Exit> | undefined;
  #ready: Deferred<void> | undefined;
  #tape: Tape;

  constructor(id: string, plan: Plan, onMessage: MessageCallback | undefined, keeper: Keeper) {
    this.id = id;
    this.plan = plan;
    this.#onMessage = onMessage;
    this.#keeper = keeper;
    this.#status = this.#waiting(keeper.timekeeper.now(), 'start');
  }

  toJSON(): unknown {
    return { id: this.id, url: this.url, state: this.state, status: this.status };
  }

  // --- the handle

  get url(): string {
    return this.plan.shown;
  }

  get status(): ConnectionStatus {
    return this.#status.kind;
  }

  /** The running incarnation's, for inspectors. */
  get actor(): ChartActor | undefined {
    return this.#link?.actor;
  }

  get rtt(): Rtt | undefined {
    return this.#link?.pulse.rtt;
  }

  get state$(): Observable<ConnectionState> {
    return new Observable((subscriber) => {
      subscriber.next(this.state);
      if (this.#exit !== undefined) return subscriber.complete();
      this.#states ??= new Broadcast();
      this.#states.add(subscriber);
    });
  }

  get messages$(): Observable<never> {
    return new Observable((subscriber) => {
      if (this.#exit !== undefined) return subscriber.complete();
      this.#inbox ??= new Inbox(this);
      this.#inbox.add(subscriber as never);
    });
  }

  messages(options?: ReadOptions): AsyncIterable<never> {
    const limits = limitsOf(options);
    return { [Symbol.asyncIterator]: () => this.#read(limits) };
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<never> {
    return this.#read(limitsOf());
  }

  get buffered(): Buffered {
    const { messages, messageBytes } = this.#link?.underWay ?? { messages: 0, messageBytes: 0 };
    const { length, bytes } = this.#outbox ?? { length: 0, bytes: 0 };
    return { messages: length + messages, bytes: bytes + messageBytes };
  }

  get closed(): Promise<Exit> {
    if (this.#exit !== undefined) return Promise.resolve(this.#exit);
    this.#closed ??= deferred();
    return this.#closed.promise;
  }

  history(): readonly HistoryEntry[] {
    const { recorder, timekeeper } = this.#keeper;
    const { incarnation } = this;
    let entries: readonly HistoryEntry[] = [];
    this.#keeper.shield('recorder', () => {
      const reading = { incarnation, now: timekeeper.now(), wall: timekeeper.clock.wall() };
      entries = recorder?.read(this.#tape, reading) ?? [];
    });
    return entries;
  }

  send(message: unknown, options?: SendOptions): Promise<Receipt> {
    if (this.leaving) return refused(this.#neverSent(`connection ${this.id} is closed`));
    return submit(message, this, options);
  }

  ready({ signal }: WaitOptions = {}): Promise<void> {
    return abortable(this.#becomeReady(), signal);
  }

  #becomeReady(): Promise<void> {
    if (this.#exit !== undefined) return Promise.reject(new ConnectionClosedError(this.id, this.#exit));
    if (this.state === 'alive' && this.#link?.trusted) return Promise.resolve();
    this.#ready ??= deferred();
    return this.#ready.promise;
  }

  probe(): Promise<number> {
    const link = this.#link;
    const open = link !== undefined && (this.state === 'alive' || this.state === 'suspect');
    if (open && link.canAsk) return link.probe();
    const why = open ? `its heartbeat mode is ${this.plan.mode ?? 'none'}` : `it is ${this.state}`;
    const code = open ? 'bad-config' : 'closed';
    return Promise.reject(new HoldfastError(code, `connection ${this.id} cannot be probed: ${why}`));
  }

  close(): Promise<Exit> {
    const status = this.#status;
    if (status.kind === 'running') {
      this.#status = { ...status, after: 'leave' };
      this.#closing ??= deferred();
      const { promise } = this.#closing;
      this.#steer();
      this.actor?.send({ type: 'close' });
      return promise;
    }
    const { closed } = this;
    if (status.kind === 'waiting') this.#over('left', this.#closedByUs());
    return closed;
  }

  reconnect(): void {
    const status = this.#status;
    if (this.plan.side === 'accept') throw notDialled(this.id);
    this.#keeper.enlist(this);
    if (status.kind === 'running') {
      this.#status = { ...status, after: 'again' };
      this.#steer();
      this.actor?.send({ type: 'close' });
      return;
    }
    this.#stopWaiting();
    this.#history = freshHistory;
    this.#start(true);
  }

  configure(config: PolicyConfig): void {
    this.replace(config, this.#keeper.policyFor(config));
  }

  healthy(): void {
    this.#history = freshHistory;
  }

  /** Somebody asked for the same connection again: it stays, also if it was about to leave. */
  keep(): void {
    const status = this.#status;
    if (status.kind === 'running' && status.after === 'leave') this.#status = { ...status, after: 'again' };
    this.#steer();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  // --- the record, for the supervisor and inspectors

  get record(): Status {
    return this.#status;
  }

  /** Attempts since it was last stable. */
  get attempt(): number {
    return this.#history.attempt;
  }

  /** The link of the next incarnation; undefined when nobody waits for one any more. */
  begin(): Link | undefined {
    const status = this.#status;
    if (status.kind !== 'waiting' || this.#waitsAgain(status)) return undefined;
    this.#keeper.timekeeper.clear(status.alarm);
    const link = new Link(this.plan, this, this.#keeper.timekeeper);
    this.incarnation++;
    this.#status = { kind: 'running', link, after: 'policy' };
    return link;
  }

  /** The actor of the running incarnation failed: a bug, in the chart or near it. */
  crashed(error: unknown): void {
    const link = this.#link;
    if (link === undefined) return;
    const exit = link.exit({ reason: 'crashed', detail: describeThrown(error), error }, link.trusted);
    const { reason, class: exitClass, detail = '' } = exit;
    const from = this.state;
    this.state = 'closed';
    this.#record({ type: 'failed', ...exit }, from, 'closed', exit);
    this.#keeper.publish({
      event: 'state',
      ...this.#name(),
      from,
      to: 'closed',
      reason,
      class: exitClass,
      detail,
    });
    this.#states?.next('closed');
    this.concluded(exit);
  }

  /** The running incarnation ended. */
  concluded(exit: Exit): void {
    if (this.#status.kind !== 'running') return;
    this.#status.link.release();
    this.state = 'closed';
    this.#keeper.gates.concluded(this, this.plan.dialled, exit);
    // Whoever heard of a gate may have called `close` or `reconnect` by now.
    const { kind, after } = this.#status as Status & { after?: After };
    const closing = this.#closing;
    this.#closing = undefined;
    if (kind === 'running') this.#follow(after, exit);
    closing?.resolve(exit);
  }

  /** What the platform signals: see `Signal`. `delayMs`: when to react, drawn by chance. */
  signalled(signal: Signal, delayMs: number): void {
    const { timekeeper } = this.#keeper;
    const status = this.#status;
    if (status.kind === 'running') {
      if (signal === 'offline') status.link.wentOffline();
      else status.link.hasten(delayMs);
    } else if (status.kind === 'waiting' && signal === 'online' && status.because !== 'gate') {
      timekeeper.set(
        status.alarm,
        Math.min(Math.max(status.until, timekeeper.now()), timekeeper.now() + delayMs),
      );
    }
  }

  /** The supervisor is being stopped from outside: gives everything back at once, without a goodbye. */
  abandon(): void {
    const status = this.#status;
    if (status.kind === 'running') status.link.release();
    this.state = 'closed';
    const exit = this.#closedByUs();
    if (this.#exit === undefined) this.#over('left', exit);
    this.#closing?.resolve(exit);
  }

  // --- what the link reports

  moved(from: ConnectionState | undefined, to: ConnectionState, snapshot: ConnectionSnapshot): void {
    this.state = to;
    if (to === 'alive') this.#keeper.gates.connected(this);
    const { reason, code, detail } = snapshot.output ?? snapshot.context.verdict ?? {};
    this.#keeper.publish(
      defined({
        event: 'state',
        ...this.#name(),
        from,
        to,
        rttMs: this.rtt && Math.round(this.rtt.smoothed * 1000) / 1000,
        reason,
        class: snapshot.output?.class,
        code,
        detail,
        evidence: to === 'suspect' ? this.#link?.evidence : undefined,
      } as const),
    );
    this.#states?.next(to);
    this.#steer();
    this.#settleReady();
  }

  recorded(
    event: ConnectionEvent | undefined,
    before: ConnectionSnapshot | undefined,
    { value, output, context }: ConnectionSnapshot,
  ): void {
    this.#record(event, before?.value, value, output ?? context.verdict);
  }

  proved(): void {
    this.#keeper.gates.proved(this);
    this.#settleReady();
  }

  message(message: unknown): void {
    const onMessage = this.#onMessage;
    if (onMessage !== undefined) {
      this.#keeper.shield('onMessage', () => onMessage(message as never, this as never));
    }
    this.#inbox?.deliver(message);
  }

  nextMessage(): Message | undefined {
    return this.#outbox?.shift();
  }

  get waiting(): boolean {
    return this.#outbox !== undefined && this.#outbox.length > 0;
  }

  get farewell(): CloseFrame | undefined {
    return this.#keeper.stopping ? this.plan.farewell : undefined;
  }

  // --- what gates and policies cause

  gated(delayMs: number): void {
    const { timekeeper } = this.#keeper;
    const { attempt, since = timekeeper.now() } = this.#history;
    this.#stopAlarm();
    this.#history = { ...this.#history, since };
    this.#status = this.#waiting(timekeeper.now() + delayMs, 'gate');
    timekeeper.set(this.#status.alarm, elapsedAt(since, this.plan.policy.reconnect));
    if (attempt > 0) this.#announce(delayMs, 'gate');
  }

  /** Another policy, and what of it was configured for this connection alone. Throws `ConfigError`. */
  replace(config: PolicyConfig | undefined, policy: Policy): void {
    const before = this.plan.policy;
    this.plan.configure(config, policy);
    this.#link?.reconfigure({ policy: this.plan.policy, mode: this.plan.mode });
    this.#shorten(before.reconnect);
  }

  // --- what a reader causes

  get leaving(): boolean {
    const status = this.#status;
    return status.kind === 'running' ? status.after === 'leave' : 'exit' in status;
  }

  congested(): void {
    this.#steer();
  }

  // --- what a message needs on its way

  get outbox(): Outbox {
    this.#outbox ??= new Outbox(this.#keeper.timekeeper);
    return this.#outbox;
  }

  get link(): Link | undefined {
    return this.#link;
  }

  get timekeeper(): Timekeeper {
    return this.#keeper.timekeeper;
  }

  heartbeat(kind: 'sent' | 'received', rttMs: number | undefined): void {
    this.#keeper.heartbeat(this, kind, rttMs);
  }

  // --- inside

  get #link(): Link | undefined {
    return this.#status.kind === 'running' ? this.#status.link : undefined;
  }

  get #exit(): Exit | undefined {
    return 'exit' in this.#status ? this.#status.exit : undefined;
  }

  #read(limits: ReadLimits): Reader {
    const over = this.#exit !== undefined;
    if (!over) this.#inbox ??= new Inbox(this);
    return over || this.#inbox === undefined ? endedReader(limits) : this.#inbox.read(limits);
  }

  /** Reads, or leaves it to the kernel: as the slowest reader wants it, once it can be asked. */
  #steer(): void {
    const link = this.#link;
    if (link === undefined || this.state === 'connecting') return;
    if (this.#inbox?.full && !this.leaving) link.pauseReading();
    else link.resumeReading();
  }

  #name() {
    return { connection: this.id, url: this.url, incarnation: this.incarnation };
  }

  #start(hurry: boolean, last?: Exit): void {
    this.#status = this.#waiting(this.#keeper.timekeeper.now(), 'start', last);
    this.#keeper.start(this, hurry);
  }

  #follow(after: After | undefined, exit: Exit): void {
    if (after === 'leave') this.#over('left', exit);
    else if (after === 'again') {
      this.#moveOn(exit);
      this.#start(true);
    } else this.#decide(exit);
  }

  /** Its turn had come, and was given back before it began: the next one is still to come. */
  #waitsAgain({ because, alarm }: Extract<Status, { kind: 'waiting' }>): boolean {
    const forItself = because === 'backoff' || because === 'hint';
    return forItself ? alarm.slot >= 0 : this.#keeper.gates.queued(this);
  }

  /** Another incarnation follows, maybe at another endpoint. */
  #moveOn(exit: Exit): void {
    const { gates } = this.#keeper;
    const { key } = this.plan;
    this.plan.concluded(exit, isStable(exit, this.plan.policy.reconnect));
    gates.move(key, this.plan.key);
  }

  /** Whether the next dial has to wait for its turn. */
  #takesTurns(exit: Exit, next: string | undefined): boolean {
    const { key, policy } = this.plan;
    if (!policy.gate.enabled || !countsAtGate(exit)) return false;
    return this.#keeper.gates.members(next) > (next === key ? 1 : 0);
  }

  #decide(exit: Exit): void {
    const { timekeeper } = this.#keeper;
    const { reconnect } = this.plan.policy;
    const now = timekeeper.now();
    const next = this.plan.keyAfter(isStable(exit, reconnect));
    const gated = this.#takesTurns(exit, next);
    // What an endpoint asked for holds there, and at no other.
    const heard =
      next === this.plan.dialled ? exit : { ...exit, retryAfterMs: this.#keeper.gates.heldMs(next) };
    const decision = decide(this.#history, heard, reconnect, now, timekeeper.clock.random, gated);
    if (decision.kind === 'leave') return this.#over('left', exit);
    if (decision.kind === 'give-up') return this.#over('gave-up', exit, decision.because);
    this.#moveOn(exit);
    this.#history = decision.history;
    if (gated) this.#start(false, exit);
    else this.#wait(decision.delayMs, decision.because, exit);
  }

  #wait(delayMs: number, because: Because, last?: Exit): void {
    const { timekeeper } = this.#keeper;
    const until = timekeeper.now() + delayMs;
    this.#status = this.#waiting(until, because, last);
    timekeeper.set(this.#status.alarm, until);
    this.#announce(delayMs, because);
  }

  #announce(delayMs: number, because: Because): void {
    const { attempt } = this.#history;
    this.#keeper.publish({ event: 'reconnect-scheduled', ...this.#name(), attempt, delayMs, because });
  }

  #waiting(until: number, because: Because | 'start', last = this.#last) {
    const due = () => this.#due();
    const alarm: Alarm = { at: until, slot: -1, ring: due, confirm: due };
    return { kind: 'waiting', until, because, alarm, last } as const;
  }

  /** While it waits: why it does. */
  get #last(): Exit | undefined {
    return this.#status?.kind === 'waiting' ? this.#status.last : undefined;
  }

  #due(): void {
    const status = this.#status;
    const expired = status.kind === 'waiting' && status.because === 'gate';
    if (expired) this.#giveUpWaiting();
    else this.#keeper.start(this);
  }

  #stopAlarm(): void {
    if (this.#status.kind === 'waiting') this.#keeper.timekeeper.clear(this.#status.alarm);
  }

  #stopWaiting(): void {
    if (this.#status.kind !== 'waiting') return;
    this.#stopAlarm();
    this.#keeper.gates.cancel(this);
  }

  /** What of another policy holds for the wait under way: the limit of time, and a shorter delay, from its beginning. */
  #shorten(before: ReconnectPolicy): void {
    const { reconnect, gate } = this.plan.policy;
    const status = this.#status;
    const { timekeeper } = this.#keeper;
    const { random } = timekeeper.clock;
    const now = timekeeper.now();
    const { attempt, backoff: drawn, since = now } = this.#history;
    const because = status.kind === 'waiting' ? status.because : undefined;
    const turnless = because === 'gate' && !gate.enabled;
    const anew = turnless || !sameBackoff(reconnect.backoff, before.backoff);
    const was = drawn?.delayMs ?? 0;
    const next = anew ? backoffAt(reconnect.backoff, Math.max(1, attempt), was, random) : drawn;
    const delayMs = next?.delayMs ?? 0;
    // Also of one that dials just now, for its next wait.
    if (anew && drawn !== undefined) this.#history = { ...this.#history, backoff: next };
    if (status.kind !== 'waiting' || because === 'start') return;
    const { alarm } = status;
    if (because === 'gate' && !turnless) return timekeeper.set(alarm, elapsedAt(since, reconnect));
    if (turnless) this.#stopWaiting();
    let until = turnless ? now + delayMs : alarm.at;
    if (because === 'backoff' && anew) until = Math.min(until, status.until - was + delayMs);
    if (because === 'hint' && reconnect.maxHint < before.maxHint) {
      until = Math.min(until, now + hintDelay(reconnect.maxHint, random));
    }
    if (until > elapsedAt(since, reconnect)) return this.#giveUpWaiting();
    if (!turnless && until === alarm.at) return;
    timekeeper.clear(alarm);
    this.#wait(Math.max(1, until - now), because === 'hint' ? 'hint' : 'backoff');
  }

  #giveUpWaiting(): void {
    this.#over('gave-up', this.#last ?? this.#neverDialled(), 'elapsed');
  }

  #over(kind: 'left' | 'gave-up', exit: Exit, because?: string): void {
    const [outbox, ready, closed] = [this.#outbox, this.#ready, this.#closed];
    const [states, inbox] = [this.#states, this.#inbox];
    this.#stopWaiting();
    // What is asked for from here on belongs to the next life.
    this.#outbox = this.#ready = this.#closed = this.#states = this.#inbox = undefined;
    this.#status = { kind, exit };
    const { reason, code, detail } = exit;
    const unsent = outbox && this.#neverSent(`connection ${this.id} ended: ${reason}`);
    if (this.incarnation === 0) this.#keeper.shield('accept', () => this.plan.drop?.());
    this.#keeper.retire(this);
    const history = kind === 'gave-up' && this.#tape !== undefined ? this.history() : undefined;
    this.#keeper.publish(
      defined({ event: kind, ...this.#name(), reason, because, code, detail, history } as const),
    );
    if (unsent !== undefined) outbox?.clear(unsent);
    if (ready !== undefined) ready.reject(new ConnectionClosedError(this.id, exit));
    closed?.resolve(exit);
    states?.complete();
    inbox?.end();
  }

  #settleReady(): void {
    if (this.#ready === undefined || this.state !== 'alive' || !this.#link?.trusted) return;
    this.#ready.resolve();
    this.#ready = undefined;
  }

  #record(event: Move['event'], from: Move['from'], to: Move['to'], verdict: Move['verdict']): void {
    const { recorder, timekeeper } = this.#keeper;
    if (recorder === undefined) return;
    try {
      this.#tape = recorder.record(this.#tape, { event, from, to, verdict, now: timekeeper.now() });
    } catch (error) {
      this.#keeper.shield('recorder', () => {
        throw error;
      });
    }
  }

  #neverSent(why: string): DeliveryError {
    const cause = this.#exit && new ConnectionClosedError(this.id, this.#exit);
    return new DeliveryError('never-sent', why, { cause });
  }

  #neverDialled(): Exit {
    const detail = 'its turn at the gate of the endpoint never came';
    return { ...this.#closedByUs(), reason: 'connect-timeout', class: 'retryable', detail };
  }

  #closedByUs(): Exit {
    const at = this.#keeper.timekeeper.clock.wall();
    return { reason: 'closed-by-us', class: 'normal', at, livedMs: 0, proved: false };
  }
}

function notDialled(id: string): HoldfastError {
  return new HoldfastError('bad-config', `connection ${id} was accepted: only its peer can connect again`);
}
