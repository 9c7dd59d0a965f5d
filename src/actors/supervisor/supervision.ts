/**
 * The part of a connection that its supervision chart drives: what follows an incarnation. Performs the
 * chart's actions, and keeps what belongs to the id between incarnations: failures, the wait, the exit.
 */

import { type Deferred, deferred } from '../../base/deferred.ts';
import { needed } from '../../base/needed.ts';
import type { Policy, PolicyConfig } from '../../config/policy.ts';
import type { Waiter } from '../../endpoints/endpoint-gate.ts';
import type { Plan } from '../../endpoints/plan.ts';
import { stepSupervision } from '../../machines/stepping.ts';
import type { OwnAction, SupervisionEvent, SupervisionState } from '../../machines/supervision.ts';
import type { Exit } from '../../policy/exits.ts';
import { type Because, elapsedAt, freshHistory, type History } from '../../policy/restart.ts';
import { Incarnation } from '../incarnation/incarnation.ts';
import { closedByUs, decides, decisionAfter, delayOf, endBy } from './decisions.ts';
import { planAfter } from './endpoint.ts';
import { nameOf } from './events.ts';
import type { Successor, SupervisionHost, SupervisorPort } from './port.ts';
import type { Signal } from './signals.ts';
import { Wait } from './wait.ts';

type Actions = Readonly<Record<OwnAction, (event: SupervisionEvent) => void>>;

export class Supervision implements Waiter, Actions {
  state: SupervisionState = 'queued.asking';
  /** Counts the dials, also those that got no socket. */
  incarnation = 0;
  plan: Plan;
  /** The running incarnation. */
  current: Incarnation | undefined;
  /** The exit of the id; undefined while it lives. */
  exit: Exit | undefined;
  /** Absent while an incarnation runs, at rest, and after the end. */
  wait: Wait | undefined;
  readonly #host: SupervisionHost;
  readonly #port: SupervisorPort;
  /** The last request for a turn; 0 once it was withdrawn or granted. */
  #request = 0;
  #history: History = freshHistory;
  /** Waits for the end of the running incarnation: it settles also when the id is wanted again. */
  #closing: (Deferred<Exit> & { successor?: Successor }) | undefined;

  constructor(host: SupervisionHost, plan: Plan, port: SupervisorPort) {
    this.#host = host;
    this.#port = port;
    this.plan = plan;
    this.wait = new Wait(this, port.timekeeper.now(), undefined);
  }

  get attempt(): number {
    return this.#history.attempt;
  }

  /** No incarnation follows the running one, or the id is over. */
  get leaving(): boolean {
    return this.state === 'running.leaving' || this.exit !== undefined;
  }

  /** The first incarnation is wanted, unless the connection was closed before: by an aborted signal or a listener. */
  start(): void {
    if (this.exit === undefined) this.#port.steps.run(() => this.requestTurn());
  }

  close(): Promise<Exit> {
    if (this.current !== undefined) this.#closing ??= deferred();
    const ended = this.#closing?.promise ?? this.#host.closed;
    this.step({ type: 'close' });
    return ended;
  }

  reconnect(next = false): void {
    const { plan } = this;
    plan.assertDialled?.(this.#host.id);
    // The supervisor may have another policy since it left.
    if (this.exit !== undefined) plan.configure(plan.config, this.#port.policyFor(plan.config ?? {}));
    this.#port.steps.run(() => {
      this.#port.enlist(this.#host);
      this.step({ type: 'reconnect', next });
    });
  }

  /** A running connection was asked for again: it stays, and if it was about to leave, it returns as `successor`. */
  keep(successor: Successor): void {
    if (this.current === undefined) return;
    if (this.state === 'running.leaving' && this.#closing) this.#closing.successor = successor;
    this.step({ type: 'keep' });
  }

  /** `delayMs`: when to react, drawn by chance. */
  signalled(signal: Signal, delayMs: number): void {
    const { current, wait } = this;
    if (wait !== undefined && signal === 'online') this.step({ type: 'online', delayMs });
    else if (signal === 'offline') current?.wentOffline();
    else current?.deadlines.heartbeatWithin(delayMs);
  }

  /** Applies another policy; `config` is the part of it for this connection alone. Throws `ConfigError`. */
  replace(config: PolicyConfig | undefined, policy: Policy): void {
    const { replaced } = needed(this.#port.parts, 'policies', 'configure');
    const { history, rewait } = replaced(this, config, policy, this.#history, this.#port.timekeeper);
    this.#history = history;
    this.#host.updateReading();
    if (this.wait !== undefined) this.step({ type: 'policy-changed', rewait });
  }

  /** The gate admits the connection: the incarnation begins after the step under way, unless the request is withdrawn by then. */
  admitted(): void {
    this.#port.admit(this.#host.id, this.#request);
  }

  due(): void {
    this.step({ type: 'due', ...(this.#port.timekeeper.now() >= this.#elapsedAt && { rewait: 'expired' }) });
  }

  /** The next incarnation; undefined when the request was withdrawn meanwhile. */
  begin(request: number): Incarnation | undefined {
    if (request !== this.#request) return this.#port.parts.hedging?.begin(this, request);
    this.step({ type: 'admitted' });
    return this.current;
  }

  /** The running incarnation ended. */
  onExit(exit: Exit): void {
    const { current } = this;
    if (current === undefined) return;
    this.#port.steps.run(() => {
      current.release();
      this.#port.carryOut(this.#port.gates.onExit(this, this.plan.dialledKey, exit));
      const decision =
        decides.test(this.state) &&
        (this.#port.parts.rests?.restAfter(exit, this.#host) ??
          decisionAfter(exit, this.plan, this.#history, this.#port));
      this.current = undefined;
      this.step({ type: 'exited', exit, ...(decision && { decision }) });
      this.#settleClosing(exit);
    });
  }

  /** The supervisor's actor was stopped from outside: everything is given back at once, without a goodbye. */
  abandon(): void {
    this.#port.steps.run(() => {
      const { current } = this;
      current?.release();
      this.current = undefined;
      this.step({ type: current === undefined ? 'close' : 'abandon' });
      this.#settleClosing(this.exit ?? closedByUs(this.#port.timekeeper.clock.wall()));
    });
  }

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

  forgetFailures(_event?: SupervisionEvent, healthy = false): void {
    this.#history = freshHistory;
    this.plan.forgive?.(healthy);
  }

  beginIncarnation(): void {
    if (this.wait !== undefined) this.#port.timekeeper.clear(this.wait);
    this.#request = 0;
    this.wait = undefined;
    this.incarnation++;
    this.current = new Incarnation(this.plan, this.#host, this.#port.timekeeper);
  }

  closeIncarnation(): void {
    const { current } = this;
    this.#host.updateReading();
    this.#port.steps.afterAll(() => current?.actor?.send({ type: 'close' }));
  }

  resumeReading(): void {
    this.#host.updateReading();
  }

  /** Chooses the endpoint of the next incarnation; from here on another spec holds, if one was given meanwhile. */
  chooseEndpoint(event: SupervisionEvent, next = event.type === 'reconnect' && event.next): void {
    const successor = this.#closing?.successor;
    this.plan = planAfter(event, this.plan, successor?.plan, next === true, this.#port);
    if (successor !== undefined) this.#host.onMessage = successor.onMessage;
  }

  leaveEndpoint(event: SupervisionEvent): void {
    this.chooseEndpoint(event, true);
  }

  rememberFailure(event: SupervisionEvent): void {
    if (event.type !== 'exited' || event.decision?.kind !== 'restart') return;
    this.#history = event.decision.history;
    this.#waitUntil(this.#port.timekeeper.now(), event.exit);
  }

  scheduleDelay(event: SupervisionEvent): void {
    const delay = delayOf(event);
    if (delay === undefined) return;
    const wait = this.#waitUntil(this.#port.timekeeper.now() + delay.delayMs);
    this.#port.timekeeper.set(wait, wait.until);
    this.#announce(delay.delayMs, delay.because);
  }

  awaitTurn(event: SupervisionEvent): void {
    if (event.type !== 'deferred' && event.type !== 'no-network') return;
    const now = this.#port.timekeeper.now();
    const { attempt, since = now } = this.#history;
    this.#history = { ...this.#history, since };
    this.#waitUntil(now + event.delayMs);
    this.limitWait();
    if (attempt > 0 && event.type === 'deferred') this.#announce(event.delayMs, 'gate');
  }

  /** A wait at a gate, and one for a network, ends with `reconnect.maxElapsed`. */
  limitWait(): void {
    this.wait?.endBy(this.#elapsedAt, this.#port.timekeeper);
  }

  hastenAlarm(event: SupervisionEvent): void {
    if (event.type === 'online') this.wait?.endWithin(event.delayMs, this.#port.timekeeper);
  }

  /** No failure: what follows is not put off, nor counted against `reconnect.maxElapsed`. */
  rest(event: SupervisionEvent): void {
    this.withdraw();
    this.wait = undefined;
    this.#history = this.#port.parts.rests?.historyAfter(event, this.#history, this.plan) ?? this.#history;
    this.#port.journal.publish({ event: 'resting', ...nameOf(this.#host) });
  }

  end(event: SupervisionEvent): void {
    this.withdraw();
    const settle = this.#host.detachWaiters();
    const { exit, because } = endBy(event, this.wait?.last, this.plan, this.#port.timekeeper.clock.wall());
    this.exit = exit;
    this.wait = undefined;
    this.#port.retire(this.#host);
    this.#host.publishEnd(this.state === 'gave-up' ? 'gave-up' : 'left', exit, because);
    this.#port.steps.after(() => settle(exit));
  }

  /** A step of the chart, and what it asks for. */
  step(event: SupervisionEvent): void {
    this.#port.steps.run(() => {
      const from = this.state;
      const { to, actions } = stepSupervision(from, event);
      this.state = to;
      // Before the actions, as the last of them may be a step of its own.
      if (from !== to || actions.length > 0) this.#host.supervised(event, from, to);
      for (const action of actions)
        if (action in this) this[action as OwnAction](event);
        else this.#port.parts.hedging?.perform(action, this, event, this.#host, this.#port);
    });
  }

  /** Always the last action of a step: the answer may be the next event at once. */
  #ask(hurry: boolean): void {
    this.exit = undefined;
    this.wait ??= new Wait(this, this.#port.timekeeper.now(), undefined);
    this.#request = this.#port.nextRequest();
    if (this.plan.side === 'accept') return this.admitted();
    if (!hurry && this.#port.parts.rests?.isUnwanted(this.#host)) return this.step({ type: 'rest' });
    const held = hurry ? 0 : this.#port.offline.msFor(this.plan.endpointKey);
    if (held > 0) return this.step({ type: 'no-network', delayMs: held + this.#port.spread() });
    this.#port.carryOut(this.#port.gates.request(this, hurry));
  }

  get #elapsedAt(): number {
    return elapsedAt(this.#history.since ?? this.#port.timekeeper.now(), this.plan.policy.reconnect);
  }

  #waitUntil(until: number, last = this.wait?.last): Wait {
    if (this.wait !== undefined) this.#port.timekeeper.clear(this.wait);
    this.wait = new Wait(this, until, last);
    return this.wait;
  }

  #announce(delayMs: number, because: Because): void {
    const wait = { ...nameOf(this.#host), attempt: this.attempt, delayMs, because };
    this.#port.journal.publish({ event: 'reconnect-scheduled', ...wait });
  }

  #settleClosing(exit: Exit): void {
    this.#closing?.resolve(exit);
    this.#closing = undefined;
  }
}
