/**
 * What follows an incarnation: the part of a connection that its supervision chart drives. It performs the
 * chart's actions, and keeps what belongs to the id between incarnations: failures, the wait, the exit.
 */
import { type Deferred, deferred } from '../../base/deferred.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { Policy, PolicyConfig } from '../../config/policy.ts';
import type { Waiter } from '../../endpoints/endpoint-gate.ts';
import type { Plan } from '../../endpoints/plan.ts';
import {
  type SupervisionAction,
  type SupervisionEvent,
  type SupervisionState,
  stepSupervision,
} from '../../machines/supervision.ts';
import { backoffAt, sameBackoff } from '../../policy/backoff.ts';
import type { Exit } from '../../policy/exits.ts';
import { countsAtGate } from '../../policy/gate.ts';
import {
  type Because,
  type Decision,
  decide,
  elapsedAt,
  freshHistory,
  type History,
  isStable,
  type ReconnectPolicy,
} from '../../policy/restart.ts';
import { type Redrawn, type Rewait, rewaited, type Waiting } from '../../policy/rewait.ts';
import type { Alarm } from '../../time/timekeeper.ts';
import type { IncarnationHost } from '../incarnation/host.ts';
import { Incarnation } from '../incarnation/incarnation.ts';
import type { Supervised, SupervisorPort } from './port.ts';
import type { Signal } from './signals.ts';

/** The connection of an id, as its supervision knows it. */
export interface SupervisionHost extends IncarnationHost, Supervised {
  /** Resolves with the exit when the id is over. */
  readonly closed: Promise<Exit>;
  /** Whether it reads may have changed. */
  updateReading(): void;
  /** The id is over: takes what belongs to this life. The result settles it with the exit. */
  detachWaiters(): (exit: Exit) => void;
  /** A step of the chart that led elsewhere, or did something. Must not throw. */
  supervised(event: SupervisionEvent, from: SupervisionState, to: SupervisionState): void;
  /** Publishes the end of the id. */
  publishEnd(kind: 'left' | 'gave-up', exit: Exit, because: string | undefined): void;
}

/** Why an id waits. */
export type WaitReason = Because | 'start' | 'offline';

const reasons: Readonly<Partial<Record<SupervisionState, WaitReason>>> = {
  'queued.at-gate': 'gate',
  'queued.offline': 'offline',
  'backing-off.delay': 'backoff',
  'backing-off.hint': 'hint',
};

/** A wait before the next incarnation; the alarm ends it. */
export class Wait implements Alarm {
  at: number;
  slot = -1;
  /** When it is expected to end, at a gate the earliest; monotonic milliseconds. */
  readonly until: number;
  /** The exit before it; undefined before the first dial. */
  readonly last: Exit | undefined;
  readonly #supervision: Supervision;

  constructor(supervision: Supervision, until: number, last: Exit | undefined) {
    this.#supervision = supervision;
    this.at = this.until = until;
    this.last = last;
  }

  get because(): WaitReason {
    return reasons[this.#supervision.state] ?? 'start';
  }

  ring(): void {
    this.#supervision.due();
  }
}

type Actions = Readonly<Record<SupervisionAction, (event: SupervisionEvent) => void>>;

export class Supervision implements Waiter, Actions {
  state: SupervisionState = 'queued.asking';
  /** Counts the dials, also those that got no socket. */
  incarnation = 0;
  readonly plan: Plan;
  /** The running incarnation. */
  current: Incarnation | undefined;
  /** Absent while an incarnation runs, and after the end. */
  wait: Wait | undefined;
  /** How the id ended. */
  exit: Exit | undefined;
  readonly #host: SupervisionHost;
  readonly #port: SupervisorPort;
  /** The last request for a turn; 0 once it was withdrawn or granted. */
  #request = 0;
  #history: History = freshHistory;
  /** Waits for the end of the running incarnation: it settles also when the id is wanted again. */
  #closing: Deferred<Exit> | undefined;

  constructor(host: SupervisionHost, plan: Plan, port: SupervisorPort) {
    this.#host = host;
    this.plan = plan;
    this.#port = port;
    this.wait = new Wait(this, port.timekeeper.now(), undefined);
  }

  /** Attempts since it was last stable. */
  get attempt(): number {
    return this.#history.attempt;
  }

  /** No incarnation follows the running one, or the id is over. */
  get leaving(): boolean {
    return this.state === 'running.leaving' || this.exit !== undefined;
  }

  // --- what users, signals and policies cause

  /** The first incarnation is wanted. */
  start(): void {
    this.#port.steps.run(() => this.requestTurn());
  }

  close(): Promise<Exit> {
    if (this.current !== undefined) this.#closing ??= deferred();
    const ended = this.#closing?.promise ?? this.#host.closed;
    this.#step({ type: 'close' });
    return ended;
  }

  reconnect(): void {
    if (this.plan.side === 'accept') throw notDialled(this.#host.id);
    this.#port.enlist(this.#host);
    this.#step({ type: 'reconnect' });
  }

  /** The same connection was asked for again: it stays, also if it was about to leave. */
  keep(): void {
    if (this.current !== undefined) this.#step({ type: 'keep' });
  }

  healthy(): void {
    this.#history = freshHistory;
  }

  /** `delayMs`: when to react, drawn by chance. */
  signalled(signal: Signal, delayMs: number): void {
    const { current } = this;
    if (current === undefined) {
      if (signal === 'online' && this.wait !== undefined) this.#step({ type: 'online', delayMs });
    } else if (signal === 'offline') current.wentOffline();
    else current.deadlines.heartbeatWithin(delayMs);
  }

  /** Another policy, and what of it was configured for this connection alone. Throws `ConfigError`. */
  replace(config: PolicyConfig | undefined, policy: Policy): void {
    const { plan } = this;
    const before = plan.policy.reconnect;
    plan.configure(config, policy);
    const { gate, reconnect } = plan.policy;
    this.current?.deadlines.reconfigure({ policy: plan.policy, mode: plan.mode });
    const offGate = this.state === 'queued.at-gate' && !gate.enabled;
    const redrawn =
      offGate || !sameBackoff(reconnect.backoff, before.backoff) ? this.#redraw(reconnect) : undefined;
    if (this.wait === undefined) return;
    const rewait = this.#rewaited(this.wait, offGate, redrawn, before);
    this.#step({ type: 'policy-changed', rewait });
  }

  /** Its turn has come: the incarnation begins after the step under way, unless the request is withdrawn by then. */
  admitted(): void {
    this.#port.admit(this.#host.id, this.#request);
  }

  /** The gate put it into its queue. */
  deferred(delayMs: number): void {
    this.#step({ type: 'deferred', delayMs });
  }

  /** The alarm of its wait. */
  due(): void {
    this.#step({ type: 'due' });
  }

  // --- incarnations

  /** The next incarnation; undefined when the request was withdrawn meanwhile. */
  begin(request: number): Incarnation | undefined {
    if (request !== this.#request) return undefined;
    this.#step({ type: 'admitted' });
    return this.current;
  }

  /** The running incarnation ended. */
  onExit(exit: Exit): void {
    const { current } = this;
    if (current === undefined) return;
    this.#port.steps.run(() => {
      current.release();
      this.#port.carryOut(this.#port.gates.onExit(this, this.plan.dialledKey, exit));
      const decision = this.state === 'running.kept' ? this.#decide(exit) : undefined;
      this.current = undefined;
      this.#step({ type: 'exited', exit, ...(decision && { decision }) });
      this.#settleClosing(exit);
    });
  }

  /** The supervisor's actor was stopped from outside: everything is given back at once, without a goodbye. */
  abandon(): void {
    this.#port.steps.run(() => {
      const { current } = this;
      current?.release();
      this.current = undefined;
      this.#step({ type: current === undefined ? 'close' : 'abandon' });
      this.#settleClosing(this.exit ?? this.#closedByUs());
    });
  }

  // --- the chart's actions

  requestTurn(): void {
    this.#ask(false);
  }

  requestTurnAtOnce(): void {
    this.#ask(true);
  }

  withdraw(): void {
    this.#request = 0;
    if (this.wait !== undefined) this.#port.timekeeper.clear(this.wait);
    this.#port.carryOut(this.#port.gates.cancel(this));
  }

  forgetFailures(): void {
    this.#history = freshHistory;
  }

  beginIncarnation(): void {
    const { timekeeper } = this.#port;
    if (this.wait !== undefined) timekeeper.clear(this.wait);
    this.#request = 0;
    this.wait = undefined;
    this.incarnation++;
    this.current = new Incarnation(this.plan, this.#host, timekeeper);
  }

  closeIncarnation(): void {
    const { current } = this;
    this.#host.updateReading();
    this.#port.steps.after(() => current?.actor?.send({ type: 'close' }));
  }

  resumeReading(): void {
    this.#host.updateReading();
  }

  /** Another incarnation follows, maybe at another endpoint. */
  chooseEndpoint(event: SupervisionEvent): void {
    if (event.type !== 'exited') return;
    const { endpointKey, policy } = this.plan;
    this.plan.onExit(event.exit, isStable(event.exit, policy.reconnect));
    this.#port.gates.move(endpointKey, this.plan.endpointKey);
  }

  rememberFailure(event: SupervisionEvent): void {
    if (event.type !== 'exited' || event.decision?.kind !== 'restart') return;
    this.#history = event.decision.history;
    this.#waitUntil(this.#port.timekeeper.now(), event.exit);
  }

  scheduleDelay(event: SupervisionEvent): void {
    const delay = delayOf(event);
    if (delay === undefined) return;
    const { timekeeper } = this.#port;
    const { until } = this.#waitUntil(timekeeper.now() + delay.delayMs);
    timekeeper.set(this.wait as Wait, until);
    this.#announce(delay.delayMs, delay.because);
  }

  awaitTurn(event: SupervisionEvent): void {
    if (event.type !== 'deferred') return;
    const { timekeeper } = this.#port;
    const { attempt, since = timekeeper.now() } = this.#history;
    this.#history = { ...this.#history, since };
    this.#waitUntil(timekeeper.now() + event.delayMs);
    this.limitWait();
    if (attempt > 0) this.#announce(event.delayMs, 'gate');
  }

  /** A wait at a gate ends with `reconnect.maxElapsed`. */
  limitWait(): void {
    const { timekeeper } = this.#port;
    const { since = timekeeper.now() } = this.#history;
    if (this.wait !== undefined) timekeeper.set(this.wait, elapsedAt(since, this.plan.policy.reconnect));
  }

  hastenAlarm(event: SupervisionEvent): void {
    if (event.type !== 'online' || this.wait === undefined) return;
    const { timekeeper } = this.#port;
    const now = timekeeper.now();
    timekeeper.set(this.wait, Math.min(Math.max(this.wait.until, now), now + event.delayMs));
  }

  end(event: SupervisionEvent): void {
    this.withdraw();
    const settle = this.#host.detachWaiters();
    const { exit, because } = this.#endOf(event);
    const kind = this.state === 'gave-up' ? 'gave-up' : 'left';
    this.exit = exit;
    this.wait = undefined;
    if (this.incarnation === 0) this.#port.journal.shield('accept', () => this.plan.drop?.());
    this.#port.retire(this.#host);
    this.#host.publishEnd(kind, exit, because);
    this.#port.steps.after(() => settle(exit));
  }

  // --- inside

  #step(event: SupervisionEvent): void {
    this.#port.steps.run(() => {
      const from = this.state;
      const { to, actions } = stepSupervision(from, event);
      this.state = to;
      // Before the actions, as the last of them may be a step of its own.
      if (from !== to || actions.length > 0) this.#host.supervised(event, from, to);
      for (const action of actions) this[action](event);
    });
  }

  /** Always the last action of a step: the answer may be the next event at once. */
  #ask(hurry: boolean): void {
    this.exit = undefined;
    this.wait ??= new Wait(this, this.#port.timekeeper.now(), undefined);
    this.#request = this.#port.nextRequest();
    if (this.plan.side === 'accept') return this.admitted();
    if (this.#port.gates.offline) return this.#step({ type: 'no-network' });
    this.#port.carryOut(this.#port.gates.request(this, hurry));
  }

  #waitUntil(until: number, last = this.wait?.last): Wait {
    if (this.wait !== undefined) this.#port.timekeeper.clear(this.wait);
    this.wait = new Wait(this, until, last);
    return this.wait;
  }

  /** Whether the next dial has to wait for its turn. */
  #takesTurns(exit: Exit, next: string | undefined): boolean {
    const { endpointKey, policy } = this.plan;
    if (!policy.gate.enabled || !countsAtGate(exit)) return false;
    return this.#port.gates.members(next) > (next === endpointKey ? 1 : 0);
  }

  #decide(exit: Exit): Decision {
    const { timekeeper, gates } = this.#port;
    const { reconnect } = this.plan.policy;
    const next = this.plan.endpointKeyAfter(isStable(exit, reconnect));
    // A hint holds at the endpoint that gave it, and at no other.
    const exitWithHintOfNext =
      next === this.plan.dialledKey ? exit : { ...exit, retryAfterMs: gates.heldMs(next) };
    const { random } = timekeeper.clock;
    const gated = this.#takesTurns(exit, next);
    return decide(this.#history, exitWithHintOfNext, reconnect, timekeeper.now(), random, gated);
  }

  /** Another delay by the new policy, also for the next wait of one that dials just now. */
  #redraw({ backoff }: ReconnectPolicy): Redrawn {
    const { attempt, backoff: drawn } = this.#history;
    const beforeMs = drawn?.delayMs ?? 0;
    const next = backoffAt(backoff, Math.max(1, attempt), beforeMs, this.#port.timekeeper.clock.random);
    if (drawn !== undefined) this.#history = { ...this.#history, backoff: next };
    return { beforeMs, delayMs: next.delayMs };
  }

  #rewaited(wait: Wait, offGate: boolean, redrawn: Redrawn | undefined, before: ReconnectPolicy): Rewait {
    const { timekeeper } = this.#port;
    const now = timekeeper.now();
    const because = offGate ? 'gate' : wait.because;
    if (because !== 'backoff' && because !== 'hint' && !offGate) return undefined;
    const waiting = { because, at: wait.at, until: wait.until, since: this.#history.since ?? now } as Waiting;
    return rewaited(waiting, redrawn, before, this.plan.policy.reconnect, now, timekeeper.clock.random);
  }

  #announce(delayMs: number, because: Because): void {
    const { attempt, incarnation } = this;
    const { id } = this.#host;
    const url = this.plan.redactedUrl;
    this.#port.journal.publish({
      event: 'reconnect-scheduled',
      connection: id,
      url,
      incarnation,
      attempt,
      delayMs,
      because,
    });
  }

  #endOf(event: SupervisionEvent): { readonly exit: Exit; readonly because?: string } {
    switch (event.type) {
      case 'exited':
        return {
          exit: event.exit,
          ...(event.decision?.kind === 'give-up' && { because: event.decision.because }),
        };
      case 'due':
      case 'policy-changed':
        return { exit: this.wait?.last ?? this.#neverDialled(), because: 'elapsed' };
      default:
        return { exit: this.#closedByUs() };
    }
  }

  #settleClosing(exit: Exit): void {
    this.#closing?.resolve(exit);
    this.#closing = undefined;
  }

  #neverDialled(): Exit {
    const detail = 'its turn at the gate of the endpoint never came';
    return { ...this.#closedByUs(), reason: 'connect-timeout', class: 'retryable', detail };
  }

  #closedByUs(): Exit {
    const at = this.#port.timekeeper.clock.wall();
    return { reason: 'closed-by-us', class: 'normal', at, livedMs: 0, proved: false };
  }
}

/** The delay that an event asks for, and what for. */
function delayOf(
  event: SupervisionEvent,
): { readonly delayMs: number; readonly because: Because } | undefined {
  if (event.type === 'exited') return event.decision?.kind === 'restart' ? event.decision : undefined;
  return event.type === 'policy-changed' && event.rewait !== 'expired' ? event.rewait : undefined;
}

function notDialled(id: string): HoldfastError {
  return new HoldfastError('bad-config', `connection ${id} was accepted: only its peer can connect again`);
}
