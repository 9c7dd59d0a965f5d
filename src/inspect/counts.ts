/** Counts rows by phase, for the server and the page: each row counts once. */
import type { Counts, Row } from './rows.ts';

export function countsOf(rows: Iterable<Row>): Counts {
  const counts: Record<keyof Counts, number> = {
    connecting: 0,
    alive: 0,
    suspect: 0,
    closing: 0,
    closed: 0,
    waiting: 0,
    resting: 0,
    left: 0,
    'gave-up': 0,
  };
  for (const row of rows) counts[phaseOf(row)]++;
  return counts;
}

/** The state of the running incarnation, or else the status of the id. */
export function phaseOf({ state, status }: Row): keyof Counts {
  return status === 'running' ? state : status;
}
