/** A network, servers and a clock for tests of whatever is built on holdfast. */
export { type VirtualClock, type VirtualClockOptions, virtualClock } from './testing/clock.ts';
export { type Fault, faults } from './testing/faults.ts';
export { lineServer } from './testing/lines.ts';
export type { UpgradeAnswer, UpgradeRequest } from './testing/memory-websocket-frames.ts';
export type { MemoryWebSocketPeer } from './testing/memory-websocket-peer.ts';
export {
  type MemoryWebSockets,
  type MemoryWebSocketsOptions,
  type MemoryWebSocketTransport,
  memoryWebSockets,
  type Upgrade,
} from './testing/memory-websockets.ts';
export { reaches } from './testing/reaches.ts';
export {
  type MemoryAudit,
  type MemoryNetwork,
  type MemoryNetworkOptions,
  memoryNetwork,
} from './transport/memory.ts';
export type { MemoryHost } from './transport/memory-host.ts';
export type { MemoryLink } from './transport/memory-link.ts';
export type { MemoryPeer } from './transport/memory-peer.ts';
