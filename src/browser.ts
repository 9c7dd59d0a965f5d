/** holdfast in a browser: nothing of Node, no pino. */

export { handshakes } from './actors/incarnation/greeting.ts';
export { idleCuts } from './actors/incarnation/idle-cuts.ts';
export type { Opening } from './actors/incarnation/introduction.ts';
export { readers } from './actors/incarnation/reading.ts';
export type { HistoryEntry } from './actors/incarnation/recorder.ts';
export { streams } from './actors/incarnation/streams.ts';
export type { LifecycleEvent } from './actors/supervisor/events.ts';
export type { Buffered, Connection, ConnectionStatus, Sent } from './actors/supervisor/handle.ts';
export { hedging } from './actors/supervisor/hedging.ts';
export type { ConnectSpec, SupervisorOptions } from './actors/supervisor/options.ts';
export type { Part } from './actors/supervisor/parts.ts';
export { policies } from './actors/supervisor/policies.ts';
export { probes } from './actors/supervisor/probing.ts';
export { rests } from './actors/supervisor/resting.ts';
export type { RttSample } from './actors/supervisor/samples.ts';
export type { Supervisor } from './actors/supervisor/supervisor.ts';
export type { WaitOptions } from './base/abortable.ts';
export { parseDuration } from './base/duration.ts';
export {
  ConfigError,
  type ConfigProblem,
  ConnectionClosedError,
  DeliveryError,
  type DeliveryOutcome,
  HoldfastError,
  type HoldfastErrorCode,
  isHoldfastError,
} from './base/errors.ts';
export { type Logger, silentLogger } from './base/log.ts';
export { redactUrl } from './base/redact.ts';
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
export type { GateView } from './endpoints/endpoint-gate.ts';
export { gates } from './endpoints/gates.ts';
export type { Provider, ProviderContext, UrlProvider } from './endpoints/providers.ts';
export { routes } from './endpoints/routed-plan.ts';
export type { Evidence } from './liveness/evidence.ts';
export type { ConnectionState } from './machines/connection.ts';
export type { ReadLimits, ReadOptions } from './messages/reader.ts';
export { type Confirmation, type Receipt, receipts } from './messages/receipts.ts';
export type { SendOptions } from './messages/send.ts';
export { timeLimits } from './messages/time-limits.ts';
export {
  type DetectionLimits,
  type Watch,
  worstCaseDetection,
  worstCaseSuspicion,
} from './policy/detection.ts';
export { type Exit, type ExitClass, type ExitReason, type Failure, reasonClasses } from './policy/exits.ts';
export type { RestartType } from './policy/restart.ts';
export type { Rtt } from './policy/rtt.ts';
export type { UpgradeResponse } from './policy/upgrade-response.ts';
export {
  type About,
  type Agreement,
  type CredentialParts,
  type Credentials,
  type Decoder,
  type Dialogue,
  type DialoguePolicy,
  type FrameSink,
  type HandshakeIo,
  type Heartbeat,
  type HeartbeatMode,
  type Protocol,
  Refused,
  type SchemeRule,
  type StatelessProtocol,
  type Violation,
} from './ports/protocol.ts';
export type {
  Dialler,
  Peer,
  PeerCertificate,
  Side,
  Socket,
  SocketSink,
  Target,
  Transport,
} from './ports/transport.ts';
export { createSupervisor } from './presets/browser.ts';
export { type BoundedOptions, bounded, type UnboundedParser } from './protocols/bounded.ts';
export { bytes } from './protocols/bytes.ts';
export { framed } from './protocols/framed.ts';
export { type JsonOptions, json } from './protocols/json.ts';
export { line } from './protocols/line.ts';
export { type Codec, withDialogue, withMessages } from './protocols/over.ts';
export { raw } from './protocols/raw.ts';
export { websocket } from './protocols/websocket.ts';
export { websocketText } from './protocols/websocket-text.ts';
export { type Clock, systemClock } from './time/clock.ts';
export {
  type ClockWorker,
  clockWorkerSource,
  type WorkerClock,
  type WorkerClockOptions,
  workerClock,
} from './time/worker-clock.ts';
export { webSocketOver } from './transport/websocket-standard.ts';
