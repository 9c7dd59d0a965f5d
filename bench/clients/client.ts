/** What the benches need of a client, whoever made it. */
import type { DialectName } from '../servers/dialects.ts';

/** Milliseconds. */
export interface Pace {
  /** From one ping to the next. */
  readonly interval: number;
  /** From the first unanswered (or missing) ping to the verdict. */
  readonly patience: number;
}

export interface Watcher {
  /** Connected, the protocol's own handshake included. */
  usable(): void;
  suspected(): void;
  /** Given up: the client's own disconnect event, or what comes closest to it. */
  dead(): void;
}

export interface Client {
  /** The package it comes from. */
  readonly module: string;
  /** What it talks to. */
  readonly dialect: DialectName;
  /** Whether a link comes back by itself after a verdict. */
  readonly reconnects: boolean;
  /** One ping per second, everything else a tenth of the default. */
  readonly detection: Pace;
  /** As fast as the options allow while an answer that takes 60 ms is still in time. */
  readonly stalls: Pace;
  /** How a pace becomes options, and what they cannot express; for the reader of the table. */
  readonly options: string;
  /** Opens a link. Returns what closes it for good. */
  connect(port: number, pace: Pace, watcher: Watcher): () => void;
}
