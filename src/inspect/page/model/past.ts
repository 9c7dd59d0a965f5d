/** Rows as they were. */
import type { Row } from '../../wire.ts';
import type { Detail } from './detail.ts';
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
