/**
 * What follows an incarnation: the record of an id, the attempt it is at, and what it waits for. Whoever
 * uses the connection sees it as a `SupervisedConnection`.
 */

import { type Deferred, deferred } from '../../base/deferred.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { Policy, PolicyConfig } from '../../config/policy.ts';
import type { Waiter } from '../../endpoints/gates.ts';
import type { Plan } from '../../endpoints/plan.ts';
import type { ConnectionState } from '../../machines/connection.ts';
import { backoffAt, sameBackoff } from '../../policy/backoff.ts';
import type { Exit } from '../../policy/exits.ts';
import { countsAtGate } from '../../policy/gate.ts';
import {
  type Because,
  decide,
  elapsedAt,
  freshHistory,
  type History,
  hintDelay,
  isStable,
  type ReconnectPolicy,
} from '../../policy/restart.ts';
import type { Alarm, Timekeeper } from '../../time/timekeeper.ts';
import type { ChartActor } from '../incarnation/host.ts';
import { Incarnation } from '../incarnation/incarnation.ts';
import type { SupervisedConnection } from './connection.ts';
import type { ConnectionStatus } from './handle.ts';
import type { Keeper } from './port.ts';
import type { Signal } from './signals.ts';

/** What follows the exit of the running incarnation. */
type After = 'policy' | 'leave' | 'again';

/** The record of an id. */
export type Status =
  | { readonly kind: 'running'; readonly link: Incarnation; readonly after: After }
  | {
      readonly kind: 'waiting';
      readonly until: number;
      readonly because: Because | 'start';
      alarm: Alarm;
      last: Exit | undefined;
    }
  | { readonly kind: 'left' | 'gave-up'; readonly exit: Exit };

export abstract class Supervision implements Waiter {
  readonly id: string;
  readonly plan: Plan;
  state: ConnectionState = 'closed';
  incarnation = 0;
  protected readonly keeper: Keeper;
  #status: Status;
  #history: History = freshHistory;
  /** Who waits for the end of the running incarnation. It ends also when the id is wanted again. */
  #closing: Deferred<Exit> | undefined;

  constructor(id: string, plan: Plan, keeper: Keeper) {
    this.id = id;
    this.plan = plan;
    this.keeper = keeper;
    this.#status = this.#waiting(keeper.timekeeper.now(), 'start');
  }

  /** As its keeper and its links know it. */
  protected abstract readonly self: SupervisedConnection;
  abstract readonly closed: Promise<Exit>;

  /** Whether it reads may have changed. */
  protected abstract updateReading(): void;

  /** The id is over: takes what belongs to this life; the result settles it with the exit. */
  protected abstract detachWaiters(): (exit: Exit) => void;

  /** Publishes the end of the id. */
  protected abstract publishEnd(kind: 'left' | 'gave-up', exit: Exit, because: string | undefined): void;

  get url(): string {
    return this.plan.redactedUrl;
  }

  get status(): ConnectionStatus {
    return this.#status.kind;
  }

  /** The running incarnation's, for inspectors. */
  get actor(): ChartActor | undefined {
    return this.link?.actor;
  }

  get link(): Incarnation | undefined {
    return this.#status.kind === 'running' ? this.#status.link : undefined;
  }

  get current(): Incarnation | undefined {
    return this.link;
  }

  get timekeeper(): Timekeeper {
    return this.keeper.timekeeper;
  }

  get leaving(): boolean {
    const status = this.#status;
    return status.kind === 'running' ? status.after === 'leave' : 'exit' in status;
  }

  close(): Promise<Exit> {
    const status = this.#status;
    if (status.kind === 'running') {
      this.#status = { ...status, after: 'leave' };
      this.#closing ??= deferred();
      const { promise } = this.#closing;
      this.updateReading();
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
    this.keeper.enlist(this.self);
    if (status.kind === 'running') {
      this.#status = { ...status, after: 'again' };
      this.updateReading();
      this.actor?.send({ type: 'close' });
      return;
    }
    this.#stopWaiting();
    this.#history = freshHistory;
    this.#start(true);
  }

  configure(config: PolicyConfig): void {
    this.replace(config, this.keeper.policyFor(config));
  }

  healthy(): void {
    this.#history = freshHistory;
  }

  /** Somebody asked for the same connection again: it stays, also if it was about to leave. */
  keep(): void {
    const status = this.#status;
    if (status.kind === 'running' && status.after === 'leave') this.#status = { ...status, after: 'again' };
    this.updateReading();
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
  begin(): Incarnation | undefined {
    const status = this.#status;
    if (status.kind !== 'waiting' || this.#waitsAgain(status)) return undefined;
    this.keeper.timekeeper.clear(status.alarm);
    const link = new Incarnation(this.plan, this.self, this.keeper.timekeeper);
    this.incarnation++;
    this.#status = { kind: 'running', link, after: 'policy' };
    return link;
  }

  /** The running incarnation ended. */
  onExit(exit: Exit): void {
    if (this.#status.kind !== 'running') return;
    this.#status.link.release();
    this.state = 'closed';
    this.keeper.gates.onExit(this, this.plan.dialledKey, exit);
    // Whoever heard of a gate may have called `close` or `reconnect` by now.
    const { kind, after } = this.#status as Status & { after?: After };
    const closing = this.#closing;
    this.#closing = undefined;
    if (kind === 'running') this.#follow(after, exit);
    closing?.resolve(exit);
  }

  /** What the platform signals: see `Signal`. `delayMs`: when to react, drawn by chance. */
  signalled(signal: Signal, delayMs: number): void {
    const { timekeeper } = this.keeper;
    const status = this.#status;
    if (status.kind === 'running') {
      if (signal === 'offline') status.link.wentOffline();
      else status.link.deadlines.heartbeatWithin(delayMs);
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
    if (this.exit === undefined) this.#over('left', exit);
    this.#closing?.resolve(exit);
  }

  // --- what gates and policies cause

  gated(delayMs: number): void {
    const { timekeeper } = this.keeper;
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
    this.link?.deadlines.reconfigure({ policy: this.plan.policy, mode: this.plan.mode });
    this.#shorten(before.reconnect);
  }

  // --- inside

  protected get exit(): Exit | undefined {
    return 'exit' in this.#status ? this.#status.exit : undefined;
  }

  protected name() {
    return { connection: this.id, url: this.url, incarnation: this.incarnation };
  }

  #start(hurry: boolean, last?: Exit): void {
    this.#status = this.#waiting(this.keeper.timekeeper.now(), 'start', last);
    this.keeper.start(this.self, hurry);
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
    return forItself ? alarm.slot >= 0 : this.keeper.gates.queued(this);
  }

  /** Another incarnation follows, maybe at another endpoint. */
  #moveOn(exit: Exit): void {
    const { gates } = this.keeper;
    const { endpointKey: key } = this.plan;
    this.plan.onExit(exit, isStable(exit, this.plan.policy.reconnect));
    gates.move(key, this.plan.endpointKey);
  }

  /** Whether the next dial has to wait for its turn. */
  #takesTurns(exit: Exit, next: string | undefined): boolean {
    const { endpointKey: key, policy } = this.plan;
    if (!policy.gate.enabled || !countsAtGate(exit)) return false;
    return this.keeper.gates.members(next) > (next === key ? 1 : 0);
  }

  #decide(exit: Exit): void {
    const { timekeeper } = this.keeper;
    const { reconnect } = this.plan.policy;
    const now = timekeeper.now();
    const next = this.plan.endpointKeyAfter(isStable(exit, reconnect));
    const gated = this.#takesTurns(exit, next);
    // What an endpoint asked for holds there, and at no other.
    const heard =
      next === this.plan.dialledKey ? exit : { ...exit, retryAfterMs: this.keeper.gates.heldMs(next) };
    const decision = decide(this.#history, heard, reconnect, now, timekeeper.clock.random, gated);
    if (decision.kind === 'leave') return this.#over('left', exit);
    if (decision.kind === 'give-up') return this.#over('gave-up', exit, decision.because);
    this.#moveOn(exit);
    this.#history = decision.history;
    if (gated) this.#start(false, exit);
    else this.#wait(decision.delayMs, decision.because, exit);
  }

  #wait(delayMs: number, because: Because, last?: Exit): void {
    const { timekeeper } = this.keeper;
    const until = timekeeper.now() + delayMs;
    this.#status = this.#waiting(until, because, last);
    timekeeper.set(this.#status.alarm, until);
    this.#announce(delayMs, because);
  }

  #announce(delayMs: number, because: Because): void {
    const { attempt } = this.#history;
    this.keeper.publish({ event: 'reconnect-scheduled', ...this.name(), attempt, delayMs, because });
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
    else this.keeper.start(this.self);
  }

  #stopAlarm(): void {
    if (this.#status.kind === 'waiting') this.keeper.timekeeper.clear(this.#status.alarm);
  }

  #stopWaiting(): void {
    if (this.#status.kind !== 'waiting') return;
    this.#stopAlarm();
    this.keeper.gates.cancel(this);
  }

  /** What of another policy holds for the wait under way: the limit of time, and a shorter delay, from its beginning. */
  #shorten(before: ReconnectPolicy): void {
    const { reconnect, gate } = this.plan.policy;
    const status = this.#status;
    const { timekeeper } = this.keeper;
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
    // What is asked for from here on belongs to the next life.
    const settle = this.detachWaiters();
    const over = { kind, exit } as const;
    const waited = this.#status.kind === 'waiting';
    this.#stopAlarm();
    this.#status = over;
    if (waited) this.keeper.gates.cancel(this.self);
    // Whoever heard of the turn that this gives to another may have asked for this one again.
    if (this.#status === over) {
      if (this.incarnation === 0) this.keeper.shield('accept', () => this.plan.drop?.());
      this.keeper.retire(this.self);
    }
    this.publishEnd(kind, exit, because);
    settle(exit);
  }

  #neverDialled(): Exit {
    const detail = 'its turn at the gate of the endpoint never came';
    return { ...this.#closedByUs(), reason: 'connect-timeout', class: 'retryable', detail };
  }

  #closedByUs(): Exit {
    const at = this.keeper.timekeeper.clock.wall();
    return { reason: 'closed-by-us', class: 'normal', at, livedMs: 0, proved: false };
  }
}

function notDialled(id: string): HoldfastError {
  return new HoldfastError('bad-config', `connection ${id} was accepted: only its peer can connect again`);
}
