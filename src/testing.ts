/** A network, servers and a clock for tests of software built on holdfast. */

export { type AdoptContract, adoptContract, type ClientRelay } from './testing/adopt-contract.ts';
export { type VirtualClock, type VirtualClockOptions, virtualClock } from './testing/clock.ts';
export { protocolContract } from './testing/contract/contract.ts';
export type {
  ContractCheck,
  EndlessFrame,
  HandshakeScript,
  ProtocolContract,
  RefusedHandshake,
} from './testing/contract/spec.ts';
export { dialogueOf } from './testing/dialogue.ts';
export { type Fault, faults } from './testing/faults.ts';
export { lineServer } from './testing/lines.ts';
export {
  type MemoryAudit,
  type MemoryNetwork,
  type MemoryNetworkOptions,
  memoryNetwork,
} from './testing/network/memory.ts';
export type { MemoryHost } from './testing/network/memory-host.ts';
export type { MemoryLink } from './testing/network/memory-link.ts';
export type { MemoryPeer } from './testing/network/memory-peer.ts';
export type { UpgradeAnswer, UpgradeRequest } from './testing/network/memory-websocket-frames.ts';
export type { MemoryWebSocketPeer } from './testing/network/memory-websocket-peer.ts';
export {
  type MemoryWebSockets,
  type MemoryWebSocketsOptions,
  type MemoryWebSocketTransport,
  memoryWebSockets,
  type Upgrade,
} from './testing/network/memory-websockets.ts';
export { reaches } from './testing/reaches.ts';
