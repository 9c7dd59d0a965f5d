/** The part of the wire that tells how a process fares. */
import type { OfReporter } from './wire-requests.ts';

/** How the process fares: with each beat, to pages that are not behind. From a reporter, too. */
export interface ProcessMessage extends OfReporter, Vitals {
  readonly type: 'process';
  readonly now: number;
}

/** Each field is absent where the platform does not tell. */
export interface Vitals {
  /** How late the latest timer of the inspector ran, since the last message: its event loop was held for so long. */
  readonly lagMs: number;
  /** The share of the time for which the event loop was busy, from 0 to 1. Node. */
  readonly busy?: number;
  /** The CPU time of all threads per time: 1 is one core. Node. */
  readonly cpu?: number;
  /** Memory of the process. Node. */
  readonly rssBytes?: number;
  /** Memory of JavaScript objects. Node and Chromium. */
  readonly heapBytes?: number;
  /** How long the process runs, in milliseconds. Node. */
  readonly uptimeMs?: number;
}
