/** The part of the wire that a page says, or an inspector to its reporters: JSON, one message a WebSocket frame. */

import type { Act, Propose } from './wire-actions.ts';

/** Between an inspector and its pages: a message about a process that reports to it. */
export interface OfReporter {
  /**
   * Its name, with a number where another one has that already; absent for the inspector's own process. Ids of
   * connections are unique within a process.
   */
  readonly reporter?: string;
}

// --- page to server. Nothing but `act` changes a connection.

export type ClientMessage = Watch | Unwatch | Options | Ask | Propose | Act;

/** Streams what happens to a connection. At most `MAX_WATCHED` at once. */
export interface Watch extends OfReporter {
  readonly type: 'watch';
  readonly id: string;
}

export interface Unwatch extends OfReporter {
  readonly type: 'unwatch';
  readonly id: string;
}

/** Asks for a beat and the changes at once: timers of a hidden page run once a minute. */
export interface Ask {
  readonly type: 'ask';
}

/** Each field on its own; what is absent stays as it is. */
export interface Options {
  readonly type: 'options';
  /** No deltas while true; a full list when false again. Watched connections go on. */
  readonly paused?: boolean;
  /** Inbound messages of watched connections. Refused unless the server was started with them. */
  readonly messages?: boolean;
}

export const MAX_WATCHED = 16;

/** Longer messages of a page close its socket with code 1009. */
export const MAX_CLIENT_BYTES = 4096;
