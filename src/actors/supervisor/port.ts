/** What a connection needs of its supervisor. */
import type { Policy, PolicyConfig } from '../../config/policy.ts';
import type { Gates } from '../../endpoints/gates.ts';
import type { Timekeeper } from '../../time/timekeeper.ts';
import type { Recorder } from '../incarnation/recorder.ts';
import type { SupervisedConnection } from './connection.ts';
import type { LifecycleEvent } from './events.ts';

export interface Keeper {
  readonly timekeeper: Timekeeper;
  readonly recorder: Recorder | undefined;
  /** It says goodbye to everybody. */
  readonly stopping: boolean;
  readonly gates: Gates;
  /** Asks for a new incarnation, now or when its turn comes. `hurry`: a user asked for it. */
  start(connection: SupervisedConnection, hurry?: boolean): void;
  /** Reads a policy over the supervisor's. Throws `ConfigError`. */
  policyFor(config: PolicyConfig): Policy;
  /** The id is over, and free again. */
  retire(connection: SupervisedConnection): void;
  /** Takes the id back, or throws when somebody else has it. */
  enlist(connection: SupervisedConnection): void;
  publish(event: LifecycleEvent): void;
  heartbeat(connection: SupervisedConnection, kind: 'sent' | 'received', rttMs: number | undefined): void;
  /** Runs code of the user; what it throws is reported and goes no further. */
  shield(where: string, code: () => void): void;
}
