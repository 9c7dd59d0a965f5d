/** The gate of a host or of a route, with its queue, and what gates decide. */
import { type Gate, type GateState, isClosed, unknownGate } from '../policy/gate.ts';
import { hostOf } from '../policy/route.ts';
import type { Alarm } from '../time/timekeeper.ts';
import type { Plan } from './plan.ts';

/** The public view of a gate. */
export interface GateView {
  /** Scheme, host and port. */
  readonly endpoint: string;
  /** The path, at the gate of a route; absent at the gate of the host. */
  readonly route?: string;
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

/** A gate opened, closed or became unknown. */
export interface GateEvent {
  readonly event: 'gate';
  /** Scheme, host and port. */
  readonly endpoint: string;
  /** The path, at the gate of a route; absent at the gate of the host. */
  readonly route?: string;
  readonly from: GateState;
  readonly to: GateState;
  /** Dials that may be under way at once. */
  readonly window: number;
  /** Connections that wait for their turn. */
  readonly waiting: number;
  /** Milliseconds until the next dial may begin; 0: now. */
  readonly delayMs: number;
}

/** A connection, as far as gates know it. */
export interface Waiter {
  readonly plan: Pick<Plan, 'policy' | 'endpointKey' | 'dialledKey' | 'skip'>;
}

/** A decision of a gate. The caller carries decisions out in order; a gate calls no connection. */
export type GateDecision =
  /** The waiter may dial now. */
  | { readonly type: 'admit'; readonly waiter: Waiter }
  /** The waiter stays in the gate's queue, for at least `delayMs`. */
  | { readonly type: 'defer'; readonly waiter: Waiter; readonly delayMs: number }
  | { readonly type: 'publish'; readonly event: GateEvent };

/** A list that is being made. */
export type Decisions = GateDecision[];

export function decisionsOf(work: (decisions: Decisions) => void): readonly GateDecision[] {
  const decisions: Decisions = [];
  work(decisions);
  return decisions;
}

export class EndpointGate implements Alarm {
  at = 0;
  slot = -1;
  gate: Gate = unknownGate;
  inFlight = 0;
  /**
   * The route that a host refused with 5xx since it was last proved to serve one; empty: several routes. At the gate
   * of a host alone.
   */
  refused: string | undefined;
  /** Key of the host, or of the route: `hostOf` and the path. */
  readonly key: string;
  readonly waiting = new Set<Waiter>();
  readonly #onDue: (key: string) => void;

  constructor(key: string, onDue: (key: string) => void) {
    this.key = key;
    this.#onDue = onDue;
  }

  get host(): string {
    return hostOf(this.key);
  }

  /** Key of a route within a host. */
  get isRoute(): boolean {
    return this.key !== this.host;
  }

  ring(): void {
    this.#onDue(this.key);
  }

  isClosed(now: number): boolean {
    return isClosed(this.gate, now);
  }

  view(now: number): GateView {
    const { gate, inFlight, waiting } = this;
    const untilMs = Math.max(0, gate.until - now);
    const window = Math.floor(gate.window);
    return { ...this.#name, state: gate.state, window, inFlight, waiting: waiting.size, untilMs };
  }

  /** The event of a change from the state `from`. */
  event(from: GateState, now: number): GateEvent {
    const { state: to, window, waiting, untilMs: delayMs } = this.view(now);
    return { event: 'gate', ...this.#name, from, to, window, waiting, delayMs };
  }

  get #name(): Pick<GateView, 'endpoint' | 'route'> {
    const { key, host } = this;
    return { endpoint: host, ...(key !== host && { route: key.slice(host.length) }) };
  }
}

/** A dial under way, and the gates that admitted it: of the host, and of the route. */
export interface Dial {
  readonly gates: readonly EndpointGate[];
  readonly begunAt: number;
}
