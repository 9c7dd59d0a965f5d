/** Turns to dial, as a supervisor asks for them. */
import { ignore } from '../base/ignore.ts';
import type { Policy } from '../config/policy.ts';
import type { Exit } from '../policy/exits.ts';
import type { GateDecision, GateView, Waiter } from './endpoint-gate.ts';
import type { Plan } from './plan.ts';

type Key = string | undefined;
type Decisions = readonly GateDecision[];

/** Every method that returns decisions calls no connection: the supervisor carries them out. */
export interface Turns extends Iterable<GateView> {
  /** A connection to the endpoint exists from now on. */
  join(key: Key): void;
  leave(key: Key): void;
  /** A connection goes elsewhere, and may come back. */
  move(from: Key, to: Key): void;
  /** Milliseconds for which the service still asks to be left alone; 0: it does not. */
  heldMs(key: Key): number;
  /** Whether the dial at `next`, after `exit`, waits for its turn alone; otherwise it has a backoff of its own. */
  takesTurn(exit: Exit, next: Key, plan: Plan): boolean;
  /**
   * Asks for a turn: the decisions admit or defer the waiter. `hurry`: a user asked for it, which opens closed gates
   * for this one dial and no other.
   */
  request(waiter: Waiter, hurry: boolean): Decisions;
  /** The waiter gives its turn or its place in the queue back: its dial teaches nothing. */
  cancel(waiter: Waiter): Decisions;
  /** The socket is open, and the peer has nothing to prove yet: others may dial. */
  connected(waiter: Waiter): Decisions;
  /** The peer proved to be there, and thereby the network. */
  proved(waiter: Waiter): Decisions;
  /** An incarnation ended that had dialled `key`. */
  onExit(waiter: Waiter, key: Key, exit: Exit): Decisions;
  /** The time of a closed gate is over. */
  due(key: string): Decisions;
  /** Everything known of all endpoints is out of date: the network is another. */
  reset(): Decisions;
  /** No closed gate waits longer than a delay of the new policy from now, unless the service asked for it. */
  shorten(policy: Policy, before: Policy): Decisions;
}

const none = () => [];

/** Without gates: each connection dials after its own backoff. */
export const ownTurns: Turns = {
  [Symbol.iterator]: () => [].values(),
  join: ignore,
  leave: ignore,
  move: ignore,
  heldMs: () => 0,
  takesTurn: () => false,
  request: (waiter) => [{ type: 'admit', waiter }],
  cancel: none,
  connected: none,
  proved: none,
  onExit: none,
  due: none,
  reset: none,
  shorten: none,
};
