/** Rows as they were. */
import { CONNECTION_STATES, type Row } from '../../rows.ts';
import type { EventView } from '../../wire.ts';
import type { Detail } from './detail.ts';
import type { Step } from './steps.ts';

/** Milliseconds within which steps count as simultaneous. */
const SAME_MS = 5;

/** At the time `t` of a recording or of the cursor. Without steps a row is as it was at the end. */
export function rowAt(row: Row, detail: Detail | undefined, t: number): Row {
  const then = stateAt(row, detail, t);
  if (detail === undefined || detail.samples.length === 0) return then;
  const known = rttAt(then, detail, t);
  if (known === then.rttMs) return then;
  const { rttMs: _, ...rest } = then;
  return { ...rest, ...(known !== undefined && { rttMs: known }) };
}

/** The estimate after the last round trip of the incarnation of that time. */
function rttAt(
  { incarnation }: Pick<Row, 'incarnation'>,
  { steps, samples }: Detail,
  t: number,
): number | undefined {
  const from = steps.find((step) => step.incarnation === incarnation)?.at ?? Number.NEGATIVE_INFINITY;
  return samples.findLast(({ at, smoothedMs }) => smoothedMs !== undefined && at >= from && at <= t)
    ?.smoothedMs;
}

function stateAt(row: Row, detail: Detail | undefined, t: number): Row {
  const moves = (step: Step) => step.to !== undefined;
  const before = detail?.steps.slice(0, detail.indexAt(t) + 1) ?? [];
  const latest = before.findLast(moves);
  if (latest === undefined || latest === detail?.steps.findLast(moves)) return row;
  return {
    ...lasting(row),
    ...connectionAt(row, before),
    ...supervisionAt(detail?.steps ?? [], before),
    ...sessionAt(row, before),
  };
}

/** Before the first dial a connection is connecting. A state that no chart has leaves that of the row. */
function connectionAt(
  row: Row,
  before: readonly Step[],
): Pick<Row, 'node' | 'state' | 'incarnation' | 'stateSince'> {
  const step = before.findLast(({ chart, to }) => chart === 'connection' && to !== undefined);
  const {
    to: node = 'connection.connecting',
    incarnation = 0,
    at: stateSince = before[0]?.at ?? 0,
  } = step ?? {};
  const state = CONNECTION_STATES.find((known) => known === node.split('.')[1]) ?? row.state;
  return { node, state, incarnation, stateSince };
}

function supervisionAt(steps: readonly Step[], before: readonly Step[]): Partial<Row> & Pick<Row, 'status'> {
  const step = before.findLast(({ chart, to }) => chart === 'supervision' && to !== undefined);
  if (step?.to === undefined) return scheduledAt(before) ?? { status: 'running' };
  const status = statusOf(step.to);
  const announced = status === 'waiting' ? scheduledAt(withLog(steps, before.length, step)) : undefined;
  return { ...announced, supervision: step.to, supervisionSince: step.at, status };
}

/** A session of the past is known by its moves alone, and by what they told. */
function sessionAt({ session }: Row, before: readonly Step[]): Pick<Row, 'session'> {
  const step = before.findLast(({ chart, to }) => chart === 'session' && to !== undefined);
  if (session === undefined && step === undefined) return {};
  const told = before.filter(({ chart }) => chart === 'session').map(({ event }) => event);
  const { session: id, epoch, unacknowledged, resumed } = Object.assign({}, ...told) as EventView;
  const messages = typeof unacknowledged === 'number' ? unacknowledged : 0;
  return {
    session: {
      id: typeof id === 'string' ? id : (session?.id ?? ''),
      node: step?.to ?? 'session.new',
      epoch: typeof epoch === 'number' ? epoch : told.filter(({ type }) => type === 'greeted').length,
      resumed: resumed === true,
      outgoing: { messages, bytes: 0 },
      incoming: { messages: 0, bytes: 0 },
      replayed: told.reduce((sum, { replayed }) => sum + (typeof replayed === 'number' ? replayed : 0), 0),
    },
  };
}

/** The first `count` steps, and the log's lines at the time of `step`: a wait is announced after the step that begins it. */
function withLog(steps: readonly Step[], count: number, step: Step): readonly Step[] {
  const later = steps.slice(count).findIndex(({ to, at }) => to !== undefined || at - step.at >= SAME_MS);
  return later === -1 ? steps : steps.slice(0, count + later);
}

/** The status that belongs to a node of the supervision chart. */
function statusOf(node: string): Row['status'] {
  const state = node.split('.')[1];
  if (state === 'queued' || state === 'backing-off') return 'waiting';
  return state === 'resting' || state === 'left' || state === 'gave-up' ? state : 'running';
}

/** The wait that the log announced since the last move of the connection chart. */
function scheduledAt(before: readonly Step[]): (Partial<Row> & Pick<Row, 'status'>) | undefined {
  const latest = before.findLast(
    ({ chart, to, event }) =>
      (chart === 'connection' && to !== undefined) || event.type === 'reconnect-scheduled',
  );
  if (latest === undefined || latest.to !== undefined) return undefined;
  const { attempt, because, delayMs } = latest.event;
  return {
    status: 'waiting',
    ...(typeof attempt === 'number' && { attempt }),
    ...(typeof because === 'string' && { because }),
    ...(typeof delayMs === 'number' && { dueAt: latest.at + delayMs }),
  };
}

const PASSING = [
  'dueAt',
  'because',
  'gate',
  'evidence',
  'reason',
  'code',
  'supervision',
  'supervisionSince',
  'session',
  'traffic',
] as const;

/** The fields that do not change with the state. */
function lasting(row: Row): Omit<Row, (typeof PASSING)[number]> {
  const rest: Partial<Row> & Omit<Row, (typeof PASSING)[number]> = { ...row };
  for (const field of PASSING) delete (rest as { -readonly [Key in keyof Row]?: Row[Key] })[field];
  return rest;
}
