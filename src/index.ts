/** holdfast in Node. */
export type { WaitOptions } from './actors/abortable.ts';
export type { GateView } from './actors/gates.ts';
export type { Buffered, Connection, ConnectionStatus } from './actors/handle.ts';
export type { ReadOptions } from './actors/inbox.ts';
export type { LifecycleEvent } from './actors/lifecycle.ts';
export type { ListeningSupervisor as Supervisor } from './actors/listening-supervisor.ts';
export type { Provider, ProviderContext, UrlProvider } from './actors/providers.ts';
export type { Evidence } from './actors/pulse.ts';
export type { ReadLimits } from './actors/reader.ts';
export type { Confirmation, Receipt } from './actors/receipts.ts';
export type { HistoryEntry } from './actors/recorder.ts';
export type {
  AcceptSpec,
  ConnectSpec,
  Listener,
  ListenSpec,
  StopOptions,
  SupervisorOptions,
} from './actors/specs.ts';
export type { SendOptions } from './actors/submit.ts';
export { type Clock, systemClock } from './clock.ts';
export { parseDuration } from './config/duration.ts';
export { parsePolicy } from './config/parse.ts';
export {
  type Duration,
  defaultPolicy,
  type Overflow,
  type Policy,
  type PolicyConfig,
  type ProfileName,
  profiles,
} from './config/policy.ts';
export { resolvePolicy } from './config/resolve.ts';
export {
  ConfigError,
  type ConfigProblem,
  ConnectionClosedError,
  DeliveryError,
  type DeliveryOutcome,
  HoldfastError,
  type HoldfastErrorCode,
  isHoldfastError,
} from './errors.ts';
export { type Logger, redactUrl, silentLogger } from './log.ts';
export type { ConnectionState } from './machines/connection.ts';
export {
  type DetectionLimits,
  type Watch,
  worstCaseDetection,
  worstCaseSuspicion,
} from './policy/detection.ts';
export { type Exit, type ExitClass, type ExitReason, type Failure, reasonClasses } from './policy/exits.ts';
export type { RestartType } from './policy/restart.ts';
export type { Rtt } from './policy/rtt.ts';
export { createSupervisor } from './presets/node.ts';
export { pinoLogger } from './presets/pino.ts';
export { framed } from './protocols/framed.ts';
export { line } from './protocols/line.ts';
export { raw } from './protocols/raw.ts';
export { websocket } from './protocols/websocket.ts';
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
export type { Bound, Side, Socket, SocketSink, Target, Transport } from './transport/transport.ts';
