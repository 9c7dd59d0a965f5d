/** holdfast in a browser: nothing of Node, no pino. */
export type { WaitOptions } from './actors/abortable.ts';
export type { GateView } from './actors/gates.ts';
export type { Buffered, Connection, ConnectionStatus } from './actors/handle.ts';
export type { ReadOptions } from './actors/inbox.ts';
export type { LifecycleEvent } from './actors/lifecycle.ts';
export type { Provider, ProviderContext, UrlProvider } from './actors/providers.ts';
export type { ReadLimits } from './actors/reader.ts';
export type { Confirmation, Receipt } from './actors/receipts.ts';
export type { ConnectSpec, SupervisorOptions } from './actors/specs.ts';
export type { SendOptions } from './actors/submit.ts';
export type { Supervisor } from './actors/supervisor.ts';
export type { Duration, Policy, PolicyConfig } from './config/policy.ts';
export {
  ConfigError,
  ConnectionClosedError,
  DeliveryError,
  HoldfastError,
  isHoldfastError,
} from './errors.ts';
export type { Logger } from './log.ts';
export type { ConnectionState } from './machines/connection.ts';
export type { Exit, ExitClass, ExitReason } from './policy/exits.ts';
export { createSupervisor } from './presets/browser.ts';
export { websocketText } from './protocols/websocket-text.ts';
export type {
  CredentialParts,
  Credentials,
  Decoder,
  FrameSink,
  HandshakeIo,
  Heartbeat,
  HeartbeatMode,
  Protocol,
  Violation,
} from './transport/protocol.ts';
export { webSocketOver } from './transport/websocket-standard.ts';
