/** Rows as they were, and how many of each kind there were. */
import type { Counts, Row } from '../../wire.ts';
import type { Detail } from './detail.ts';
import { phaseOf } from './query.ts';
import type { Step } from './steps.ts';

/** Of a connection whose steps are known; others are as they were at the end. */
export function rowAt(row: Row, detail: Detail | undefined, t: number): Row {
  const last = detail?.steps.findLast(({ to }) => to !== undefined);
  const before = detail?.steps.slice(0, detail.indexAt(t) + 1) ?? [];
  const step = before.findLast(({ to }) => to !== undefined);
  if (step?.to === undefined || step === last) return row;
  return {
    ...lasting(row),
    node: step.to,
    state: step.to.split('.')[1] as Row['state'],
    incarnation: step.incarnation,
    stateSince: step.at,
    status: 'running',
    ...waitAt(before),
  };
}

/** Whether the log said last that another attempt follows. */
function waitAt(before: readonly Step[]): Partial<Row> {
  const latest = before.findLast(({ to, event }) => to !== undefined || event.type === 'reconnect-scheduled');
  if (latest === undefined || latest.to !== undefined) return {};
  const { attempt, because, delayMs } = latest.event;
  return {
    status: 'waiting',
    ...(typeof attempt === 'number' && { attempt }),
    ...(typeof because === 'string' && { because }),
    ...(typeof delayMs === 'number' && { dueAt: latest.at + delayMs }),
  };
}

/** What does not change with the state. */
function lasting(row: Row): Omit<Row, 'dueAt' | 'because' | 'gate' | 'evidence' | 'reason' | 'code'> {
  const { dueAt: _due, because: _because, gate: _gate, ...running } = row;
  const { evidence: _evidence, reason: _reason, code: _code, ...rest } = running;
  return rest;
}

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
  for (const row of rows) {
    counts[row.state]++;
    if (phaseOf(row) !== row.state) counts[phaseOf(row)]++;
  }
  return counts;
}
