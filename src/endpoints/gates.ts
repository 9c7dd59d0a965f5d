/**
 * Who may dial an endpoint, and when. Connections of one supervisor that share a scheme, host and port
 * take turns through the gate of that endpoint; a connection alone follows its own backoff, and the gate
 * only watches. A gate lives while somebody dials or waits, and while it is closed, also when everybody went
 * elsewhere: they would come back at once to an endpoint of which nothing is known.
 */

import type { GateEvent } from '../actors/supervisor/events.ts';
import type { Policy } from '../config/policy.ts';
import { firstBackoff, sameBackoff } from '../policy/backoff.ts';
import type { Exit } from '../policy/exits.ts';
import {
  admits,
  countsAtGate,
  failed,
  type Gate,
  type GateState,
  held,
  isClosed,
  lost,
  opened,
  shortened,
  unknownGate,
} from '../policy/gate.ts';
import { boundedHint, hintDelay } from '../policy/restart.ts';
import type { Alarm, Timekeeper } from '../time/timekeeper.ts';
import type { Plan } from './plan.ts';

/** What a gate shows of itself. */
export interface GateView {
  /** Scheme, host and port. */
  readonly endpoint: string;
  readonly state: GateState;
  /** Dials that may be under way at once. */
  readonly window: number;
  /** Dials under way. */
  readonly inFlight: number;
  /** Connections that wait for their turn. */
  readonly waiting: number;
  /** Milliseconds until the next dial may begin; 0: now. */
  readonly untilMs: number;
}

/** A connection, as far as gates know it. */
export interface Waiter {
  readonly plan: Pick<Plan, 'policy' | 'endpointKey' | 'dialledKey' | 'skip'>;
  /** It has to wait for its turn, which comes in `delayMs` at the earliest. */
  gated(delayMs: number): void;
}

/** What gates need of their supervisor. */
export interface GateHost {
  readonly timekeeper: Timekeeper;
  /** Nobody can dial: the platform says that there is no network. */
  readonly offline: boolean;
  /** Its turn has come. */
  admit(waiter: Waiter): void;
  publish(event: GateEvent): void;
}

class EndpointGate implements Alarm {
  at = 0;
  slot = -1;
  gate: Gate = unknownGate;
  inFlight = 0;
  readonly endpoint: string;
  readonly waiting = new Set<Waiter>();
  readonly #due: (gate: EndpointGate) => void;

  constructor(endpoint: string, due: (gate: EndpointGate) => void) {
    this.endpoint = endpoint;
    this.#due = due;
  }

  ring(): void {
    this.#due(this);
  }

  confirm(): void {}
}

interface Dial {
  readonly at: EndpointGate;
  readonly begunAt: number;
}

export class Gates {
  readonly #host: GateHost;
  readonly #gates = new Map<string, EndpointGate>();
  /** Connections that dial an endpoint, now or later. */
  readonly #members = new Map<string, number>();
  readonly #dials = new Map<Waiter, Dial>();
  readonly #queued = new Map<Waiter, EndpointGate>();

  constructor(host: GateHost) {
    this.#host = host;
  }

  *[Symbol.iterator](): IterableIterator<GateView> {
    const now = this.#now;
    for (const { endpoint, gate, inFlight, waiting } of this.#gates.values()) {
      if (!this.shared(endpoint)) continue;
      const { state, window, until } = gate;
      yield {
        endpoint,
        state,
        window: Math.floor(window),
        inFlight,
        waiting: waiting.size,
        untilMs: Math.max(0, until - now),
      };
    }
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

  /** How many connections to the endpoint exist. */
  members(key: string | undefined): number {
    return key === undefined ? 0 : (this.#members.get(key) ?? 0);
  }

  shared(key: string | undefined): boolean {
    return this.members(key) > 1;
  }

  /** Until when the service asked to be left alone, in milliseconds from now; 0: it did not. */
  heldMs(key: string | undefined): number {
    return Math.max(0, (this.#gates.get(key ?? '')?.gate.heldUntil ?? 0) - this.#now);
  }

  /**
   * Whether it may dial now; otherwise it is told when its turn comes. `hurry`: a user asked for it, which
   * opens a closed gate for this one dial, and for nobody else.
   */
  request(waiter: Waiter, hurry: boolean): boolean {
    const { plan } = waiter;
    this.cancel(waiter);
    let { endpointKey: key } = plan;
    if (!plan.policy.gate.enabled || key === undefined) return true;
    if (!hurry && this.shared(key) && this.#detour(waiter)) key = plan.endpointKey ?? key;
    const at = this.#gateAt(key);
    const now = this.#now;
    const mayDial = hurry
      ? admits(at.gate, at.inFlight, Number.POSITIVE_INFINITY)
      : at.waiting.size === 0 && admits(at.gate, at.inFlight, now);
    if (!this.shared(key) || mayDial) {
      this.#begin(waiter, at);
      return true;
    }
    at.waiting.add(waiter);
    this.#queued.set(waiter, at);
    waiter.gated(Math.max(0, at.gate.until - now));
    // Its time may have come already, where the alarm is late.
    this.#pump(at);
    return false;
  }

  /** Whether it waits for its turn. */
  queued(waiter: Waiter): boolean {
    return this.#queued.has(waiter);
  }

  /** It dials no more, and does not want to: nothing is learnt from it. */
  cancel(waiter: Waiter): void {
    const queue = this.#queued.get(waiter);
    this.#queued.delete(waiter);
    queue?.waiting.delete(waiter);
    const dial = this.#finish(waiter);
    this.#pumpAll(queue, dial?.at);
  }

  /** The socket is open, and the peer has nothing to prove yet: others may dial. */
  connected(waiter: Waiter): void {
    const dial = this.#finish(waiter);
    if (dial !== undefined) this.#pump(dial.at);
  }

  /** The peer proved to be there. */
  proved(waiter: Waiter): void {
    const dial = this.#finish(waiter);
    const at = this.#gates.get(waiter.plan.dialledKey ?? '');
    if (at !== undefined) this.#change(at, opened(at.gate));
    this.#pumpAll(dial?.at, at);
  }

  /** An incarnation ended that had dialled `key`. */
  onExit(waiter: Waiter, key: string | undefined, exit: Exit): void {
    const dial = this.#finish(waiter);
    const { policy } = waiter.plan;
    // A function may have said another endpoint than the one that it had its turn at.
    const at = dial === undefined ? this.#leftBy(key, policy, exit) : this.#gates.get(key ?? '');
    if (at !== undefined && countsAtGate(exit)) this.#failed(at, dial?.begunAt, policy, exit);
    this.#pumpAll(dial?.at, at);
  }

  /** Everything known of all endpoints is out of date: the network is another. */
  reset(): void {
    for (const at of [...this.#gates.values()]) {
      this.#change(at, unknownGate);
      this.#pump(at);
    }
  }

  /** No closed gate waits longer than a delay of the new policy from now, unless the service asked for it. */
  shorten({ reconnect: { backoff, maxHint } }: Policy, { reconnect: before }: Policy): void {
    const { random } = this.#host.timekeeper.clock;
    const redraw = !sameBackoff(backoff, before.backoff);
    if (!redraw && maxHint >= before.maxHint) return;
    for (const at of [...this.#gates.values()]) {
      const fresh = redraw ? firstBackoff(backoff, random) : undefined;
      const heldUntil = this.#now + hintDelay(maxHint, random);
      at.gate = shortened(at.gate, fresh, heldUntil, this.#now);
      this.#pump(at);
    }
  }

  get #now(): number {
    return this.#host.timekeeper.now();
  }

  #gateAt(key: string): EndpointGate {
    const known = this.#gates.get(key);
    if (known !== undefined) return known;
    const made = new EndpointGate(key, (at) => this.#pump(at));
    this.#gates.set(key, made);
    return made;
  }

  #begin(waiter: Waiter, at: EndpointGate): void {
    at.inFlight++;
    this.#dials.set(waiter, { at, begunAt: this.#now });
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

  #failed(at: EndpointGate, begunAt: number | undefined, { reconnect }: Policy, exit: Exit): void {
    const now = this.#now;
    const { random } = this.#host.timekeeper.clock;
    const { backoff } = reconnect;
    const before = at.gate;
    const after =
      begunAt === undefined
        ? lost(before, backoff, now, random)
        : failed(before, begunAt, backoff, now, random);
    const hint = boundedHint(exit, reconnect);
    this.#change(at, hint > 0 ? held(after, now + hintDelay(hint, random)) : after);
    // When thousands are sent away, all but the first say nothing new.
    if (at.gate !== before) this.#reroute(at);
  }

  /** Who waits there, and knows another endpoint, need not wait. */
  #reroute(from: EndpointGate): void {
    for (const waiter of [...from.waiting]) {
      // Whoever hears of one that goes elsewhere may close another.
      if (!from.waiting.has(waiter) || !this.#detour(waiter)) continue;
      if (this.request(waiter, false)) this.#host.admit(waiter);
    }
  }

  /** From an endpoint that is closed on to one that is not, if it knows one. */
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

  #change(at: EndpointGate, gate: Gate): void {
    const from = at.gate.state;
    at.gate = gate;
    const { state: to, window, until } = gate;
    if (from === to || !this.shared(at.endpoint)) return;
    const delayMs = Math.max(0, until - this.#now);
    const { endpoint, waiting } = at;
    this.#host.publish({
      event: 'gate',
      endpoint,
      from,
      to,
      window: Math.floor(window),
      waiting: waiting.size,
      delayMs,
    });
  }

  #pumpAll(...gates: (EndpointGate | undefined)[]): void {
    for (const at of new Set(gates)) if (at !== undefined) this.#pump(at);
  }

  #pump(at: EndpointGate): void {
    if (this.#host.offline) return;
    while (admits(at.gate, at.inFlight, this.#now)) {
      const [waiter] = at.waiting;
      if (waiter === undefined) break;
      at.waiting.delete(waiter);
      this.#queued.delete(waiter);
      this.#begin(waiter, at);
      this.#host.admit(waiter);
    }
    this.#schedule(at);
  }

  /** Wakes it when it opens. One that nobody needs, and that is not closed, is forgotten. */
  #schedule(at: EndpointGate): void {
    const { timekeeper } = this.#host;
    // Forgotten meanwhile: users hear of what happens here, and may have closed everything.
    if (this.#gates.get(at.endpoint) !== at) return timekeeper.clear(at);
    const { until } = at.gate;
    if (until > this.#now) return timekeeper.set(at, until);
    timekeeper.clear(at);
    if (at.inFlight === 0 && at.waiting.size === 0) this.#forget(at);
  }

  #forget(at: EndpointGate): void {
    this.#host.timekeeper.clear(at);
    this.#gates.delete(at.endpoint);
  }
}
