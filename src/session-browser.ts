/** Sessions: messages that survive sockets, for pages: the dialling side. */
export { type SessionMessage, type SessionProtocol, session } from './sessions/dial.ts';
export type {
  SessionConfirmation,
  SessionInfo,
  SessionLoss,
  SessionReceipt,
  WithSession,
} from './sessions/info.ts';
export type { DialSessionOptions, SessionOptions } from './sessions/options.ts';
