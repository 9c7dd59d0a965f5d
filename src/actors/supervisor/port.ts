/** The interfaces between a supervised connection, its supervision and its supervisor. */
import type { Policy, PolicyConfig } from '../../config/policy.ts';
import type { GateDecision, Waiter } from '../../endpoints/endpoint-gate.ts';
import type { Offline } from '../../endpoints/offline.ts';
import type { Plan } from '../../endpoints/plan.ts';
import type { Turns } from '../../endpoints/turns.ts';
import type { SupervisionEvent, SupervisionState } from '../../machines/supervision.ts';
import type { Exit } from '../../policy/exits.ts';
import type { Timekeeper } from '../../time/timekeeper.ts';
import type { IncarnationHost, Traffic } from '../incarnation/host.ts';
import type { Recording } from '../incarnation/recorder.ts';
import type { MessageCallback } from './handle.ts';
import type { Journal } from './journal.ts';
import type { Part } from './parts.ts';
import type { Wishes } from './resting.ts';
import type { Steps } from './steps.ts';

/** A step of the supervision chart of one id, for inspectors. */
export interface SupervisionMove {
  /** The id. */
  readonly connection: string;
  /** Counts the dials so far; 0 before the first. */
  readonly incarnation: number;
  readonly event: SupervisionEvent['type'];
  readonly from: SupervisionState;
  readonly to: SupervisionState;
}

/** An id under supervision, as the supervisor knows it. */
export interface Supervised {
  readonly id: string;
  readonly plan: { readonly endpointKey: string | undefined };
  /** Counts the dials so far. */
  readonly incarnation: number;
}

export interface SupervisorPort {
  readonly timekeeper: Timekeeper;
  readonly parts: Part;
  readonly recording: Recording | undefined;
  readonly journal: Journal;
  readonly steps: Steps;
  readonly gates: Turns;
  readonly offline: Offline;
  /** `stop()` was called. */
  readonly stopping: boolean;
  /** A delay by chance, in milliseconds: many connections that react to the network at once are a load of their own. */
  spread(): number;
  /** A number that no earlier request for a turn had. */
  nextRequest(): number;
  /** The incarnation of that id begins after the step under way, if `request` is still its last one. */
  admit(id: string, request: number): void;
  /** Carries out what gates decided. */
  carryOut(decisions: readonly GateDecision[]): void;
  /** Reads a policy over the supervisor's. Throws `ConfigError`. */
  policyFor(config: PolicyConfig): Policy;
  /** The peer of a connection has shown that it is there. */
  proved(connection: Supervised & { readonly supervision: Waiter }): void;
  /** The id is over, and free again. */
  retire(connection: Supervised): void;
  /** Takes the id back. Throws `HoldfastError("id-in-use")` when another connection has it. */
  enlist(connection: Supervised): void;
  /** An inspector counts what passes the sockets of a connection; undefined while none does. */
  readonly trafficOf: ((connection: object) => Traffic) | undefined;
  /** An inspector hears of each step of the supervision charts; undefined while none does. Does not throw. */
  readonly onMove: ((move: SupervisionMove) => void) | undefined;
}

/** The spec of a `connect` while the incarnation of an earlier one ends: holds from the next incarnation on. */
export interface Successor {
  readonly plan: Plan;
  readonly onMessage: MessageCallback | undefined;
}

/** The connection of an id, as its supervision knows it. */
export interface SupervisionHost extends IncarnationHost, Supervised, Wishes {
  readonly plan: Plan;
  /** Credentials redacted. */
  readonly url: string;
  readonly incarnation: number;
  /** Resolves with the exit when the id is over. */
  readonly closed: Promise<Exit>;
  /** That of the spec which holds now. */
  onMessage: MessageCallback | undefined;
  /** Pauses or resumes reading, as the readers want it now. */
  updateReading(): void;
  /** The id is over: takes what belongs to this life. The result settles it with the exit. */
  detachWaiters(): (exit: Exit) => void;
  /** A step of the chart that led elsewhere, or did something. Must not throw. */
  supervised(event: SupervisionEvent, from: SupervisionState, to: SupervisionState): void;
  /** Publishes the end of the id. */
  publishEnd(kind: 'left' | 'gave-up', exit: Exit, because: string | undefined): void;
}
