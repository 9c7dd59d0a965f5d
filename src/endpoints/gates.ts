/**
 * Which connections may dial, and when. Connections of one supervisor that share a scheme, host and port take turns
 * through the gate of that host, and those that share the path, too, through the gate of that route. A dial takes both
 * turns in one step, and a connection that waits holds none. A connection alone follows its own backoff, and its gates
 * only watch. Every method returns its decisions and calls no connection.
 */
import type { Policy } from '../config/policy.ts';
import { firstBackoff, sameBackoff } from '../policy/backoff.ts';
import type { Exit } from '../policy/exits.ts';
import { admits, afterFailure, blamedBy, type Gate, opened, shortened, unknownGate } from '../policy/gate.ts';
import { boundedHint, hintDelay, isStable } from '../policy/restart.ts';
import { hostOf, levelsOf } from '../policy/route.ts';
import type { Timekeeper } from '../time/timekeeper.ts';
import {
  type Decisions,
  type Dial,
  decisionsOf,
  type EndpointGate,
  type GateDecision,
  type GateView,
  type Waiter,
} from './endpoint-gate.ts';
import { KnownGates } from './known-gates.ts';
import type { Offline } from './offline.ts';
import type { EndpointPart } from './parts.ts';
import type { Plan } from './plan.ts';
import type { Turns } from './turns.ts';

/** Connections of one supervisor to one host or route take turns to dial. */
export const gates: EndpointPart = { turns: (...made) => new Gates(...made) };

export class Gates implements Turns {
  readonly #timekeeper: Timekeeper;
  readonly #gates: KnownGates;
  readonly #dials = new Map<Waiter, Dial>();
  readonly #queued = new Map<Waiter, EndpointGate>();

  /** While it holds an endpoint, no gate there admits a waiter. */
  readonly #offline: Offline;

  /** `onDue`: the time of a closed gate is over; the caller asks `due` what follows. */
  constructor(timekeeper: Timekeeper, offline: Offline, onDue: (key: string) => void) {
    this.#timekeeper = timekeeper;
    this.#offline = offline;
    this.#gates = new KnownGates(timekeeper, offline, onDue);
  }

  /** Shared gates; of routes those that failed, or that keep connections waiting. */
  *[Symbol.iterator](): IterableIterator<GateView> {
    for (const at of this.#gates) {
      const told = !at.isRoute || at.gate.state === 'failed' || at.waiting.size > 0;
      if (told && this.shared(at.key)) yield at.view(this.#now);
    }
  }

  join(key: string | undefined): void {
    this.#gates.join(key);
  }

  leave(key: string | undefined): void {
    this.#gates.leave(key, true);
  }

  move(from: string | undefined, to: string | undefined): void {
    if (from === to) return;
    this.#gates.join(to);
    this.#gates.leave(from, false);
  }

  /** The number of connections to the host or route. */
  members(key: string | undefined): number {
    return this.#gates.members(key);
  }

  shared(key: string | undefined): boolean {
    return this.members(key) > 1;
  }

  heldMs(key: string | undefined): number {
    return Math.max(0, (this.#gates.get(key)?.gate.heldUntil ?? 0) - this.#now);
  }

  /**
   * True when the gate that counted the exit delays the next dial. A service that opened and said goodbye soon may do so
   * again: its gate opens each time, so only the backoff of the connection grows.
   */
  takesTurn(exit: Exit, next: string | undefined, { endpointKey, policy }: Plan): boolean {
    const blame = policy.gate.enabled ? blamedBy(exit) : undefined;
    if (blame === undefined || (exit.proved && !isStable(exit, policy.reconnect))) return false;
    const [there, here] = [next, endpointKey].map((key) => (key && blame === 'host' ? hostOf(key) : key));
    return this.members(there) > (there === here ? 1 : 0);
  }

  request(waiter: Waiter, hurry: boolean): readonly GateDecision[] {
    return decisionsOf((decisions) => this.#request(waiter, hurry, decisions));
  }

  cancel(waiter: Waiter): readonly GateDecision[] {
    return decisionsOf((decisions) => this.#cancel(waiter, decisions));
  }

  connected(waiter: Waiter): readonly GateDecision[] {
    return decisionsOf((decisions) => this.#pumpAll(this.#finish(waiter)?.gates, decisions));
  }

  proved(waiter: Waiter): readonly GateDecision[] {
    const decisions: Decisions = [];
    const { dialledKey: key } = waiter.plan;
    const dial = this.#finish(waiter);
    this.#gates.countProved(key, 1);
    const gates = this.#gates.at(key);
    for (const at of gates) {
      at.refused = undefined;
      this.#change(at, opened(at.gate), decisions);
    }
    this.#pumpAll(dial?.gates, decisions);
    this.#pumpAll(gates, decisions);
    return decisions;
  }

  onExit(waiter: Waiter, key: string | undefined, exit: Exit): readonly GateDecision[] {
    const decisions: Decisions = [];
    if (exit.proved) this.#gates.countProved(key, -1);
    const dial = this.#finish(waiter);
    const { policy } = waiter.plan;
    const blamed = this.#gates.blamed(key, dial !== undefined, policy.gate.enabled, exit);
    for (const at of blamed) {
      // A hint is the answer of a route.
      const hint = at.key === key ? boundedHint(exit, policy.reconnect) : 0;
      this.#failed(at, dial?.begunAt, hint, policy, decisions);
    }
    this.#pumpAll(dial?.gates, decisions);
    this.#pumpAll(blamed, decisions);
    return decisions;
  }

  due(key: string): readonly GateDecision[] {
    return decisionsOf((decisions) => this.#pump(this.#gates.get(key), decisions));
  }

  reset(): readonly GateDecision[] {
    const decisions: Decisions = [];
    for (const at of [...this.#gates]) {
      at.refused = undefined;
      this.#change(at, unknownGate, decisions);
      this.#pump(at, decisions);
    }
    return decisions;
  }

  shorten(
    { reconnect: { backoff, maxHint } }: Policy,
    { reconnect: before }: Policy,
  ): readonly GateDecision[] {
    const decisions: Decisions = [];
    const { random } = this.#timekeeper.clock;
    const redraw = !sameBackoff(backoff, before.backoff);
    if (!redraw && maxHint >= before.maxHint) return decisions;
    for (const at of [...this.#gates]) {
      const fresh = redraw ? firstBackoff(backoff, random) : undefined;
      const heldUntil = this.#now + hintDelay(maxHint, random);
      at.gate = shortened(at.gate, fresh, heldUntil, this.#now);
      this.#pump(at, decisions);
    }
    return decisions;
  }

  get #now(): number {
    return this.#timekeeper.now();
  }

  /** `passed`: the gate whose queue the waiter has just left, as its turn there has come. */
  #request(waiter: Waiter, hurry: boolean, decisions: Decisions, passed?: EndpointGate): void {
    const { plan } = waiter;
    if (passed === undefined) this.#cancel(waiter, decisions);
    if (!plan.policy.gate.enabled || plan.endpointKey === undefined) {
      return void decisions.push({ type: 'admit', waiter });
    }
    const from = !hurry && this.#detour(waiter, decisions) ? undefined : passed;
    const key = plan.endpointKey;
    const at = this.#obstacle(key, hurry, from);
    if (at === undefined) return this.#admit(waiter, key, decisions);
    at.waiting.add(waiter);
    this.#queued.set(waiter, at);
    if (from !== undefined) return;
    const until = Math.max(...this.#gates.at(key).map(({ gate }) => gate.until));
    decisions.push({ type: 'defer', waiter, delayMs: Math.max(0, until - this.#now) });
    // The gate may be open already, where its alarm is late.
    this.#pump(at, decisions);
  }

  /** The first shared gate that does not let a dial begin now. Queues are not overtaken, but by a hurry. */
  #obstacle(key: string, hurry: boolean, passed: EndpointGate | undefined): EndpointGate | undefined {
    const now = hurry ? Number.POSITIVE_INFINITY : this.#now;
    // The front of a host's queue was at the front of its route's, too.
    const queues = !hurry && (passed === undefined || passed.isRoute);
    return this.#gates
      .at(key)
      .find(
        (at) =>
          at !== passed &&
          this.shared(at.key) &&
          ((queues && at.waiting.size > 0) || !admits(at.gate, at.inFlight, now)),
      );
  }

  #cancel(waiter: Waiter, decisions: Decisions): void {
    this.#pumpAll(this.#finish(waiter)?.gates, decisions);
    this.#dequeue(waiter, waiter.plan.endpointKey, decisions);
  }

  /** Takes a waiter out of its queue: another of its route, `key`, may follow to the host. */
  #dequeue(waiter: Waiter, key: string | undefined, decisions: Decisions): void {
    const queue = this.#queued.get(waiter);
    if (!this.#queued.delete(waiter)) return;
    queue?.waiting.delete(waiter);
    this.#pumpAll(this.#gates.at(key), decisions);
  }

  #admit(waiter: Waiter, key: string, decisions: Decisions): void {
    const gates = levelsOf(key).map((level) => this.#gates.make(level));
    for (const at of gates) at.inFlight++;
    this.#dials.set(waiter, { gates, begunAt: this.#now });
    decisions.push({ type: 'admit', waiter });
  }

  #finish(waiter: Waiter): Dial | undefined {
    const dial = this.#dials.get(waiter);
    if (dial === undefined) return undefined;
    this.#dials.delete(waiter);
    for (const at of dial.gates) at.inFlight--;
    return dial;
  }

  #failed(
    at: EndpointGate,
    begunAt: number | undefined,
    hintMs: number,
    { reconnect: { backoff } }: Policy,
    decisions: Decisions,
  ): void {
    const before = at.gate;
    const { random } = this.#timekeeper.clock;
    this.#change(at, afterFailure(before, begunAt, hintMs, backoff, this.#now, random), decisions);
    // A failure that says nothing new reroutes no one.
    if (at.gate !== before) this.#reroute(at, decisions);
  }

  /** Waiters that know another endpoint ask there. */
  #reroute(from: EndpointGate, decisions: Decisions): void {
    for (const waiter of [...from.waiting]) {
      if (this.#detour(waiter, decisions)) this.#request(waiter, false, decisions);
    }
  }

  /** Moves a waiter from a closed endpoint to its next that is not closed. Returns false when there is none. */
  #detour(waiter: Waiter, decisions: Decisions): boolean {
    const { plan } = waiter;
    const { endpointKey: key } = plan;
    const now = this.#now;
    const isClosed = (each: string | undefined, alone: boolean) =>
      this.#gates.at(each).some((at) => (alone || this.shared(at.key)) && at.isClosed(now));
    if (!isClosed(key, false) || !plan.skip((other) => isClosed(other, true))) return false;
    this.move(key, plan.endpointKey);
    this.#dequeue(waiter, key, decisions);
    return true;
  }

  #change(at: EndpointGate, gate: Gate, decisions: Decisions): void {
    const from = at.gate.state;
    at.gate = gate;
    if (from === gate.state || !this.shared(at.key)) return;
    if (at.isRoute && from !== 'failed' && gate.state !== 'failed') return;
    decisions.push({ type: 'publish', event: at.event(from, this.#now) });
  }

  #admits({ gate, inFlight, key }: EndpointGate): boolean {
    return this.#offline.msFor(key) === 0 && admits(gate, inFlight, this.#now);
  }

  #pumpAll(gates: readonly EndpointGate[] | undefined, decisions: Decisions): void {
    for (const at of gates ?? []) this.#pump(at, decisions);
  }

  /** Lets waiters pass while there is room; from a route to its host no more than could dial. */
  #pump(at: EndpointGate | undefined, decisions: Decisions): void {
    if (at === undefined) return;
    const most = at.isRoute ? Math.floor(at.gate.window) - at.inFlight : at.waiting.size;
    for (let passed = 0; passed < most && this.#admits(at); passed++) {
      const [waiter] = at.waiting;
      if (waiter === undefined) break;
      at.waiting.delete(waiter);
      this.#queued.delete(waiter);
      this.#request(waiter, false, decisions, at);
    }
    this.#gates.schedule(at);
  }
}
