/**
 * Which connections may dial an endpoint, and when. Connections of one supervisor that share a scheme, host and port
 * take turns through the gate of that endpoint; a connection alone follows its own backoff, and its gate only
 * watches. A gate is kept while a connection dials or waits there, and while it is closed, also without members:
 * a forgotten gate is unknown, and connections that return would dial at once. Every method returns its
 * decisions and calls no connection.
 */
import type { Policy } from '../config/policy.ts';
import { firstBackoff, sameBackoff } from '../policy/backoff.ts';
import type { Exit } from '../policy/exits.ts';
import {
  admits,
  afterFailure,
  countsAtGate,
  type Gate,
  isClosed,
  opened,
  shortened,
  unknownGate,
} from '../policy/gate.ts';
import { hintDelay } from '../policy/restart.ts';
import type { Timekeeper } from '../time/timekeeper.ts';
import {
  type Decisions,
  type Dial,
  decisionsOf,
  EndpointGate,
  type GateDecision,
  type GateView,
  type Waiter,
} from './endpoint-gate.ts';
import { Offline } from './offline.ts';

export class Gates {
  readonly #timekeeper: Timekeeper;
  readonly #onDue: (endpoint: string) => void;
  readonly #gates = new Map<string, EndpointGate>();
  /** Connections that dial an endpoint, now or later. */
  readonly #members = new Map<string, number>();
  readonly #dials = new Map<Waiter, Dial>();
  readonly #queued = new Map<Waiter, EndpointGate>();

  /** While it holds an endpoint, no gate there admits a waiter, and `Supervision` requests no turn. */
  readonly offline: Offline;

  /** `onDue`: the time of a closed gate is over; the caller asks `due` what follows. */
  constructor(timekeeper: Timekeeper, onDue: (endpoint: string) => void) {
    this.#timekeeper = timekeeper;
    this.#onDue = onDue;
    this.offline = new Offline(timekeeper);
  }

  *[Symbol.iterator](): IterableIterator<GateView> {
    const now = this.#now;
    for (const at of this.#gates.values()) if (this.shared(at.endpoint)) yield at.view(now);
  }

  /** A connection to the endpoint exists from now on. */
  join(key: string | undefined): void {
    if (key !== undefined) this.#members.set(key, (this.#members.get(key) ?? 0) + 1);
  }

  leave(key: string | undefined): void {
    if (key === undefined) return;
    const left = (this.#members.get(key) ?? 0) - 1;
    if (left > 0) return void this.#members.set(key, left);
    this.#members.delete(key);
    const at = this.#gates.get(key);
    if (at !== undefined) this.#schedule(at);
    if (this.#members.size === 0) for (const each of this.#gates.values()) this.#forget(each);
  }

  /** A connection goes elsewhere. */
  move(from: string | undefined, to: string | undefined): void {
    if (from === to) return;
    this.join(to);
    this.leave(from);
  }

  /** The number of connections to the endpoint. */
  members(key: string | undefined): number {
    return key === undefined ? 0 : (this.#members.get(key) ?? 0);
  }

  shared(key: string | undefined): boolean {
    return this.members(key) > 1;
  }

  /** Milliseconds for which the service still asks to be left alone; 0: it does not. */
  heldMs(key: string | undefined): number {
    return Math.max(0, (this.#gates.get(key ?? '')?.gate.heldUntil ?? 0) - this.#now);
  }

  /**
   * Asks for a turn: the decisions admit or defer the waiter. `hurry`: a user asked for it, which opens a closed
   * gate for this one dial and no other.
   */
  request(waiter: Waiter, hurry: boolean): readonly GateDecision[] {
    return decisionsOf((decisions) => this.#request(waiter, hurry, decisions));
  }

  /** The waiter gives its turn or its place in the queue back: its dial teaches nothing. */
  cancel(waiter: Waiter): readonly GateDecision[] {
    return decisionsOf((decisions) => this.#cancel(waiter, decisions));
  }

  /** The socket is open, and the peer has nothing to prove yet: others may dial. */
  connected(waiter: Waiter): readonly GateDecision[] {
    return decisionsOf((decisions) => this.#pump(this.#finish(waiter)?.at, decisions));
  }

  /** The peer proved to be there, and thereby the network. */
  proved(waiter: Waiter): readonly GateDecision[] {
    const decisions: Decisions = [];
    const dial = this.#finish(waiter);
    const key = waiter.plan.dialledKey ?? '';
    const at = this.#gates.get(key);
    if (key !== '' && this.offline.msFor(key) > 0) this.offline.told(false);
    if (at !== undefined) this.#change(at, opened(at.gate), decisions);
    this.#pumpBoth(dial?.at, at, decisions);
    return decisions;
  }

  /** An incarnation ended that had dialled `key`. */
  onExit(waiter: Waiter, key: string | undefined, exit: Exit): readonly GateDecision[] {
    const decisions: Decisions = [];
    const dial = this.#finish(waiter);
    const { policy } = waiter.plan;
    // A function may have said another endpoint than the one that it had its turn at.
    const at = dial === undefined ? this.#leftBy(key, policy, exit) : this.#gates.get(key ?? '');
    if (at !== undefined && countsAtGate(exit)) this.#failed(at, dial?.begunAt, policy, exit, decisions);
    this.#pumpBoth(dial?.at, at, decisions);
    return decisions;
  }

  /** The time of a closed gate is over. */
  due(endpoint: string): readonly GateDecision[] {
    return decisionsOf((decisions) => this.#pump(this.#gates.get(endpoint), decisions));
  }

  /** Everything known of all endpoints is out of date: the network is another. */
  reset(): readonly GateDecision[] {
    const decisions: Decisions = [];
    for (const at of [...this.#gates.values()]) {
      this.#change(at, unknownGate, decisions);
      this.#pump(at, decisions);
    }
    return decisions;
  }

  /** No closed gate waits longer than a delay of the new policy from now, unless the service asked for it. */
  shorten(
    { reconnect: { backoff, maxHint } }: Policy,
    { reconnect: before }: Policy,
  ): readonly GateDecision[] {
    const decisions: Decisions = [];
    const { random } = this.#timekeeper.clock;
    const redraw = !sameBackoff(backoff, before.backoff);
    if (!redraw && maxHint >= before.maxHint) return decisions;
    for (const at of [...this.#gates.values()]) {
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

  #gateAt(key: string): EndpointGate {
    const known = this.#gates.get(key);
    if (known !== undefined) return known;
    const made = new EndpointGate(key, this.#onDue);
    this.#gates.set(key, made);
    return made;
  }

  #request(waiter: Waiter, hurry: boolean, decisions: Decisions): void {
    const { plan } = waiter;
    this.#cancel(waiter, decisions);
    let { endpointKey: key } = plan;
    if (!plan.policy.gate.enabled || key === undefined) return void decisions.push({ type: 'admit', waiter });
    if (!hurry && this.shared(key) && this.#detour(waiter)) key = plan.endpointKey ?? key;
    const at = this.#gateAt(key);
    const now = this.#now;
    const when = hurry ? Number.POSITIVE_INFINITY : now;
    const mayDial = (hurry || at.waiting.size === 0) && admits(at.gate, at.inFlight, when);
    if (!this.shared(key) || mayDial) return this.#admit(waiter, at, decisions);
    at.waiting.add(waiter);
    this.#queued.set(waiter, at);
    decisions.push({ type: 'defer', waiter, delayMs: Math.max(0, at.gate.until - now) });
    // The gate may be open already, where its alarm is late.
    this.#pump(at, decisions);
  }

  #cancel(waiter: Waiter, decisions: Decisions): void {
    const queue = this.#queued.get(waiter);
    this.#queued.delete(waiter);
    queue?.waiting.delete(waiter);
    this.#pumpBoth(queue, this.#finish(waiter)?.at, decisions);
  }

  #admit(waiter: Waiter, at: EndpointGate, decisions: Decisions): void {
    at.inFlight++;
    this.#dials.set(waiter, { at, begunAt: this.#now });
    decisions.push({ type: 'admit', waiter });
  }

  #finish(waiter: Waiter): Dial | undefined {
    const dial = this.#dials.get(waiter);
    if (dial === undefined) return undefined;
    this.#dials.delete(waiter);
    dial.at.inFlight--;
    return dial;
  }

  /** The gate of a service that said goodbye. */
  #leftBy(key: string | undefined, { gate }: Policy, { reason }: Exit): EndpointGate | undefined {
    const told = key !== undefined && gate.enabled && reason === 'going-away' && this.shared(key);
    return told ? this.#gateAt(key) : undefined;
  }

  #failed(
    at: EndpointGate,
    begunAt: number | undefined,
    { reconnect }: Policy,
    exit: Exit,
    decisions: Decisions,
  ): void {
    const now = this.#now;
    const before = at.gate;
    const { random } = this.#timekeeper.clock;
    this.#change(at, afterFailure(before, begunAt, exit, reconnect, now, random), decisions);
    // A failure that says nothing new reroutes no one.
    if (at.gate !== before) this.#reroute(at, decisions);
  }

  /** Waiters that know another endpoint ask there. */
  #reroute(from: EndpointGate, decisions: Decisions): void {
    for (const waiter of [...from.waiting]) {
      if (this.#detour(waiter)) this.#request(waiter, false, decisions);
    }
  }

  /** Moves a waiter from a closed endpoint to its next that is not closed. Returns false when there is none. */
  #detour({ plan }: Waiter): boolean {
    const { endpointKey: key } = plan;
    if (!this.#isClosed(key) || !plan.skip((other) => this.#isClosed(other))) return false;
    this.move(key, plan.endpointKey);
    return true;
  }

  #isClosed(key: string | undefined): boolean {
    const at = this.#gates.get(key ?? '');
    return at !== undefined && isClosed(at.gate, this.#now);
  }

  #change(at: EndpointGate, gate: Gate, decisions: Decisions): void {
    const from = at.gate.state;
    at.gate = gate;
    if (from === gate.state || !this.shared(at.endpoint)) return;
    decisions.push({ type: 'publish', event: at.event(from, this.#now) });
  }

  #pumpBoth(one: EndpointGate | undefined, other: EndpointGate | undefined, decisions: Decisions): void {
    this.#pump(one, decisions);
    if (other !== one) this.#pump(other, decisions);
  }

  #pump(at: EndpointGate | undefined, decisions: Decisions): void {
    if (at === undefined) return;
    while (this.offline.msFor(at.endpoint) === 0 && admits(at.gate, at.inFlight, this.#now)) {
      const [waiter] = at.waiting;
      if (waiter === undefined) break;
      at.waiting.delete(waiter);
      this.#queued.delete(waiter);
      this.#admit(waiter, at, decisions);
    }
    this.#schedule(at);
  }

  /** Sets the alarm for the end of a closed gate. An open gate without dials and waiters is forgotten. */
  #schedule(at: EndpointGate): void {
    const timekeeper = this.#timekeeper;
    // `pumpBoth` may have forgotten the other gate with the last member.
    if (this.#gates.get(at.endpoint) !== at) return timekeeper.clear(at);
    const until = Math.max(at.gate.until, at.waiting.size && this.#now + this.offline.msFor(at.endpoint));
    if (until > this.#now) return timekeeper.set(at, until);
    timekeeper.clear(at);
    if (at.inFlight === 0 && at.waiting.size === 0) this.#forget(at);
  }

  #forget(at: EndpointGate): void {
    this.#timekeeper.clear(at);
    this.#gates.delete(at.endpoint);
  }
}
