/** What the client and the test of a network agree on. */
import type { LifecycleEvent } from '../../src/actors/supervisor/events.ts';

export interface Sighting {
  /** Milliseconds since the epoch: both processes are on one machine. */
  readonly at: number;
  readonly event: LifecycleEvent;
}

/** A policy in milliseconds that notices a death within 1.4 s. */
export const swift = {
  heartbeat: { interval: 400, suspectAfter: { min: 50, max: 200 }, condemnAfter: 1000 },
  deadlines: { connect: 1000, handshake: 1000, close: 200 },
  reconnect: { backoff: { base: 100, cap: 500 } },
};
