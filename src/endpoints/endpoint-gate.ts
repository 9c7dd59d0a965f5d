/** One endpoint's gate with its queue, and what gates decide. */
import { type Gate, type GateState, unknownGate } from '../policy/gate.ts';
import type { Alarm } from '../time/timekeeper.ts';
import type { Plan } from './plan.ts';

/** The public view of a gate. */
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

/** A gate opened, closed or became unknown. */
export interface GateEvent {
  readonly event: 'gate';
  /** Scheme, host and port. */
  readonly endpoint: string;
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
  readonly endpoint: string;
  readonly waiting = new Set<Waiter>();
  readonly #onDue: (endpoint: string) => void;

  constructor(endpoint: string, onDue: (endpoint: string) => void) {
    this.endpoint = endpoint;
    this.#onDue = onDue;
  }

  ring(): void {
    this.#onDue(this.endpoint);
  }

  view(now: number): GateView {
    const { endpoint, gate, inFlight, waiting } = this;
    const untilMs = Math.max(0, gate.until - now);
    const window = Math.floor(gate.window);
    return { endpoint, state: gate.state, window, inFlight, waiting: waiting.size, untilMs };
  }

  /** The event of a change from the state `from`. */
  event(from: GateState, now: number): GateEvent {
    const { endpoint, state: to, window, waiting, untilMs: delayMs } = this.view(now);
    return { event: 'gate', endpoint, from, to, window, waiting, delayMs };
  }
}

/** A dial under way, and the gate that admitted it. */
export interface Dial {
  readonly at: EndpointGate;
  readonly begunAt: number;
}
