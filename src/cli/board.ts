/** The rows of the table, one per connection, updated from lifecycle events. */
import { type LifecycleEvent, sentence } from '../actors/supervisor/events.ts';
import { defined } from '../base/defined.ts';
import type { ConnectionState } from '../machines/connection.ts';
import type { Labels } from './output.ts';

export interface Row {
  readonly id: string;
  readonly url: string;
  readonly incarnation: number;
  readonly state: ConnectionState | 'resting' | 'left' | 'gave-up';
  /** The smoothed round-trip time in milliseconds. */
  readonly rttMs?: number;
  /** The number of the attempt since the connection was last alive; present while it waits or connects. */
  readonly attempt?: number;
  /** Start of the next attempt in the clock's milliseconds; present only while it waits. */
  readonly dueAt?: number;
  /** Present where the protocol of the connection is a session. */
  readonly session?: SessionCells;
  /** The reason of the last exit, or the evidence of the current suspicion. */
  readonly reason?: string;
  readonly labels?: Labels;
  /** When the present socket became usable, in the clock's milliseconds. */
  readonly aliveAt?: number;
  /** The newest first, `EXITS` at most. */
  readonly exits?: readonly RowExit[];
}

/** The end of a socket. */
export interface RowExit {
  /** In the clock's milliseconds. */
  readonly at: number;
  readonly reason: string;
  readonly detail?: string;
  /** For how long it was usable, in milliseconds; 0 if it never was. */
  readonly livedMs: number;
}

const EXITS = 5;

/** A connection between two attempts has the rank of one that dials again, so that rows do not change places at each attempt. */
function rankOf({ state, incarnation }: Row): number {
  if (state === 'connecting') return incarnation > 1 ? ranks.closed : ranks.connecting;
  return ranks[state];
}

const ranks: Readonly<Record<Row['state'], number>> = {
  'gave-up': 0,
  closed: 1,
  suspect: 2,
  closing: 3,
  connecting: 4,
  resting: 5,
  left: 6,
  alive: 7,
};

/** Rows in the order of their trouble; those of a rank keep their places. */
export function troubleFirst(rows: readonly Row[]): readonly Row[] {
  return rows.toSorted((a, b) => rankOf(a) - rankOf(b));
}

/** The session of a row. */
export interface SessionCells {
  /** Counts its sockets. */
  readonly epoch: number;
  readonly state: 'attached' | 'resumed' | 'detached' | 'ended' | 'lost';
  /** Messages of this side that were sent and not acknowledged. */
  readonly unacknowledged: number;
}

export class Board {
  /** URLs of the listeners. */
  readonly listening: string[] = [];
  readonly #rows = new Map<string, Row>();
  readonly #accepted = new Set<string>();
  readonly #forgets: boolean;

  /** `forgets`: those that were dialled go, too, when they are over, as others follow them without end. */
  constructor(forgets = false) {
    this.#forgets = forgets;
  }

  get rows(): readonly Row[] {
    return [...this.#rows.values()];
  }

  /** Gives a connection without an event a row: it waits for its turn to dial. */
  expect({ id, url }: Pick<Row, 'id' | 'url'>): void {
    if (!this.#rows.has(id)) this.#rows.set(id, { id, url, incarnation: 0, state: 'connecting' });
  }

  /** Removes accepted connections when they have left; dialled ones stay, with the reason of their end, unless they are forgotten. */
  apply(event: LifecycleEvent, now: number): void {
    if (event.event === 'listening') {
      this.listening.push(event.url);
      return;
    }
    if (!('connection' in event)) return;
    if (event.event === 'accepted') this.#accepted.add(event.connection);
    if (this.#isGone(event)) {
      this.#rows.delete(event.connection);
      return;
    }
    const row = this.#rows.get(event.connection) ?? fresh(event);
    this.#rows.set(event.connection, next(row, event, now));
  }

  #isGone({ event, connection }: OfConnection): boolean {
    if (event !== 'left' && event !== 'gave-up') return false;
    return this.#accepted.delete(connection) || this.#forgets;
  }
}

type OfConnection = Extract<LifecycleEvent, { readonly connection: string }>;

function fresh({ connection, url, incarnation }: OfConnection): Row {
  return { id: connection, url, incarnation, state: 'connecting' };
}

function next(row: Row, event: OfConnection, now: number): Row {
  switch (event.event) {
    case 'accepted':
      return row;
    case 'warning':
      return { ...row, reason: event.detail };
    case 'session':
    case 'session-lost':
    case 'session-stuck':
      return inSession(row, event);
    case 'standby':
      return { ...row, reason: sentence(event) };
    case 'reconnect-scheduled':
      return { ...row, attempt: event.attempt, dueAt: now + event.delayMs };
    case 'resting':
      return rested(row);
    case 'left':
    case 'gave-up':
      return ended(row, event);
    case 'state':
      return moved(row, event, now);
  }
}

type Told = Extract<LifecycleEvent, { readonly event: 'session' | 'session-lost' | 'session-stuck' }>;

/** A loss, an end and a full window are reasons as well: they would be gone with the next socket. */
function inSession(row: Row, event: Told): Row {
  const { unacknowledged } = event;
  const epoch = 'epoch' in event ? event.epoch : (row.session?.epoch ?? 0);
  const state = sessionStateOf(event) ?? row.session?.state ?? 'attached';
  const told = { ...row, session: { epoch, state, unacknowledged } };
  return event.event === 'session' && event.to !== 'ended' ? told : { ...told, reason: sentence(event) };
}

function sessionStateOf(event: Told): SessionCells['state'] | undefined {
  if (event.event === 'session-stuck') return undefined;
  if (event.event === 'session-lost') return 'lost';
  return event.to === 'attached' && event.resumed ? 'resumed' : event.to;
}

function rested({ attempt: _attempt, dueAt: _due, rttMs: _rtt, ...rest }: Row): Row {
  return { ...rest, state: 'resting' };
}

function ended({ attempt: _attempt, dueAt: _due, rttMs: _rtt, ...rest }: Row, event: Ended): Row {
  return { ...rest, state: event.event, reason: reasonOf(event) ?? '' };
}

type Ended = Extract<LifecycleEvent, { readonly event: 'left' | 'gave-up' }>;
type Moved = Extract<LifecycleEvent, { readonly event: 'state' }>;

function moved(row: Row, event: Moved, now: number): Row {
  const { dueAt: _due, attempt, rttMs: _rtt, aliveAt, exits, ...rest } = row;
  const reason = suspicion(event) ?? reasonOf(event) ?? row.reason;
  return {
    ...rest,
    incarnation: event.incarnation,
    state: event.to,
    ...defined({
      rttMs: event.rttMs,
      attempt: event.to === 'connecting' ? attempt : undefined,
      reason,
      aliveAt: event.to === 'closed' ? undefined : aliveSince(row, event, now),
      exits: event.to === 'closed' ? exitsOf(row, event, now) : exits,
    }),
  };
}

function aliveSince({ aliveAt }: Row, { to }: Moved, now: number): number | undefined {
  return to === 'alive' ? (aliveAt ?? now) : aliveAt;
}

function exitsOf({ exits = [], aliveAt }: Row, event: Moved, now: number): readonly RowExit[] {
  const { reason: known, detail } = event;
  if (known === undefined) return exits;
  const livedMs = aliveAt === undefined ? 0 : now - aliveAt;
  const exit: RowExit = { at: now, reason: reasonOf(event) ?? known, livedMs, ...defined({ detail }) };
  return [exit, ...exits].slice(0, EXITS);
}

function suspicion({ to, evidence }: Moved): string | undefined {
  if (to !== 'suspect' || evidence === undefined) return undefined;
  return `silent ${Math.round(evidence.silenceMs)} ms`;
}

/** The reason, with close code or status if there is one; platform error codes repeat the reason. */
function reasonOf({ reason, code }: { reason?: string; code?: string | number }): string | undefined {
  return reason === undefined || typeof code !== 'number' ? reason : `${reason} (${code})`;
}
