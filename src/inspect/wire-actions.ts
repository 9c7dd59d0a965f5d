/**
 * The part of the wire by which a page acts on a connection of the inspector's own process, where `actions` is on: it proposes an action,
 * gets a ticket, and sends that when its user has confirmed. A ticket serves once, for one page, and for `TICKET_MS`.
 */

export const ACTIONS = ['probe', 'reconnect', 'close'] as const;
export type Action = (typeof ACTIONS)[number];

/** Milliseconds within which a ticket has to be used. */
export const TICKET_MS = 30_000;

// --- page to server

/** Asks for a ticket; changes nothing. The ticket that this page had before is void. */
export interface Propose {
  readonly type: 'propose';
  readonly action: Action;
  readonly id: string;
}

/** Performs the action of a ticket. */
export interface Act {
  readonly type: 'act';
  readonly ticket: string;
}

// --- server to page

export interface Proposed {
  readonly type: 'proposed';
  readonly action: Action;
  readonly id: string;
  /** The incarnation that the page has to know: a later one is not reconnected. */
  readonly incarnation: number;
  readonly ticket: string;
}

/** What an action came to, or why it failed. */
export interface Acted {
  readonly type: 'acted';
  readonly action: Action;
  readonly id: string;
  readonly result?: string;
  readonly error?: string;
}

// --- on the server

/** Keeps the tickets of pages, each known by an object. */
export interface ActionDesk {
  /** Returns why there is no ticket. */
  propose(page: object, proposal: Propose): Proposed | string;
  /** Returns why nothing was done; else `told` hears what it came to. */
  act(page: object, act: Act, told: (acted: Acted) => void): string | undefined;
}
