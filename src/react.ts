/** Connections in React: hooks for components that share them. */
export {
  type ConnectionPhase,
  type SupervisorSource,
  useConnection,
  useConnectionState,
  useMessages,
} from './react/hooks.ts';
export type { Connecting } from './react/leases.ts';
