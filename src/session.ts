/** Sessions: messages that survive sockets and processes, for Node: both sides. */
export type {
  AcceptSessionOptions,
  IdentityRequest,
  SessionLimits,
} from './sessions/accept-options.ts';
export { session } from './sessions/both.ts';
export type { Delivery } from './sessions/consumers.ts';
export type { SessionMessage, SessionProtocol } from './sessions/dial.ts';
export type { Arrived, Session, SessionClosed } from './sessions/handle.ts';
export type {
  SessionConfirmation,
  SessionInfo,
  SessionLoss,
  SessionReceipt,
  WithSession,
} from './sessions/info.ts';
export type { DialSessionOptions, SessionOptions } from './sessions/options.ts';
export type * from './sessions/store.ts';
