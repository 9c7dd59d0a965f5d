/** Signals of the platform about the network and sleep. */

/**
 * - `offline`: there is no network. Suspicious, and no verdict: until `online`, and for 10 s at most, nothing is dialled
 *   but by `reconnect()`, and endpoints on this machine, its link or a private network, as literals.
 * - `online`: there may be one again. Ends the waits, jittered, and asks every peer.
 * - `wake`: the page, process or machine was away. Asks every peer.
 */
export type Signal = 'online' | 'offline' | 'wake';

export interface Signals {
  /** Starts listening, and returns what stops it. Called for the first connection, stopped after the last. */
  watch(listener: (signal: Signal) => void): () => void;
}

/** No network of its own mind: Node. A jump of the wall clock is noticed everywhere. */
export const noSignals: Signals = { watch: () => () => {} };
