/** A network and a clock for tests of whatever is built on holdfast. */
export { type VirtualClock, type VirtualClockOptions, virtualClock } from './testing/clock.ts';
export {
  type MemoryAudit,
  type MemoryNetwork,
  type MemoryNetworkOptions,
  memoryNetwork,
} from './transport/memory.ts';
export type { MemoryHost } from './transport/memory-host.ts';
export type { MemoryLink } from './transport/memory-link.ts';
export type { MemoryPeer } from './transport/memory-peer.ts';
