/** A connection of the list: its row, and the inputs from which the row was made. */
import type { HistoryEntry } from '../actors/incarnation/recorder.ts';
import type { EndedEvent } from '../actors/supervisor/events.ts';
import type { SessionView } from '../base/session-view.ts';
import type { SupervisionState } from '../machines/supervision.ts';
import type { Rtt } from '../policy/rtt.ts';
import { firstAt } from './row.ts';
import type { Row } from './rows.ts';
import { type Inspected, nodeOf, type Time } from './supervisor-view.ts';

export interface Tracked {
  /** Undefined for a connection that gave up while no viewer was attached: only its event is known. */
  readonly connection: Inspected | undefined;
  readonly history: readonly HistoryEntry[];
  row: Row;
  rtts: number[];
  /** The inputs of the row: while they are the same, so is the row. */
  phase: SupervisionState | undefined;
  wait: unknown;
  snapshot: unknown;
  rtt: Rtt | undefined;
  session: SessionView | undefined;
  /** When a poll found it over; undefined before. */
  endedAt: number | undefined;
  /** The incarnation of the row's `peer`. */
  peerOf?: number;
}

export const unknown = {
  connection: undefined,
  phase: undefined,
  wait: undefined,
  snapshot: undefined,
  rtt: undefined,
  session: undefined,
};

/** The row of a connection of which only its last event is known. */
export function remembered(event: EndedEvent, time: Time): Tracked {
  const { connection: id, url, incarnation, reason, code, history = [] } = event;
  const now = time.now();
  const row: Row = {
    id,
    machine: 'connection',
    url,
    side: 'dial',
    protocol: '',
    status: 'gave-up',
    state: 'closed',
    node: 'connection.closed',
    incarnation,
    since: firstAt(history) ?? now,
    stateSince: history.at(-1)?.at ?? now,
    supervision: nodeOf('gave-up', 'supervision'),
    supervisionSince: history.at(-1)?.at ?? now,
    reason,
    ...(code !== undefined && { code }),
  };
  return { ...unknown, row, history, rtts: [], endedAt: undefined };
}
