/** The chart, alone or with everything it needs to run in an actor system of your own. */
export {
  type ConnectionLogic,
  type ConnectionLogicInput,
  type ConnectionLogicOptions,
  connectionLogic,
  sendMessage,
} from './actors/incarnation/unsupervised.ts';
export {
  type ConnectionMachine,
  type ConnectionState,
  connectionMachine,
} from './machines/connection.ts';
export type { ConnectionContext, ConnectionInput } from './machines/context.ts';
export type { ConnectionEvent, ConnectionPort, Deadline, Proof } from './machines/port.ts';
export { Timekeeper } from './time/timekeeper.ts';
