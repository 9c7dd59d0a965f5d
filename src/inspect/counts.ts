/** How many rows there are of each kind. For the server and for the page. */
import type { Counts, Row } from './wire.ts';

export function countsOf(rows: Iterable<Row>): Counts {
  const counts: Record<keyof Counts, number> = {
    connecting: 0,
    alive: 0,
    suspect: 0,
    closing: 0,
    closed: 0,
    waiting: 0,
    left: 0,
    'gave-up': 0,
  };
  for (const { state, status } of rows) {
    counts[state]++;
    if (status !== 'running') counts[status]++;
  }
  return counts;
}
