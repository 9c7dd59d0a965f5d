/** Rows of the list, made from the state of a connection, and the differences between two of them. */
import type { HistoryEntry } from '../actors/incarnation/recorder.ts';
import { CONNECTION, SUPERVISION } from './chart-names.ts';
import { printableText } from './printable.ts';
import type { Row, RowChange, RowEvidence } from './rows.ts';
import { sessionOf } from './session-rows.ts';
import { type Inspected, nodeOf, snapshotOf, type Time } from './supervisor-view.ts';

/** All fields but `rtts`, which the registry collects while a viewer is attached. */
export function rowOf(connection: Inspected, time: Time, before?: Row): Row {
  const { id, url, plan, status, state, incarnation, rtt, attempt } = connection;
  const value = snapshotOf(connection)?.value;
  const node = value === undefined ? `${CONNECTION}.${state}` : nodeOf(value);
  const history = connection.history();
  const moved = node !== before?.node || incarnation !== before.incarnation;
  const supervision = `${SUPERVISION}.${connection.supervision.state}`;
  return {
    id,
    machine: CONNECTION,
    url,
    side: plan.side,
    protocol: plan.protocol.name,
    ...(plan.mode && { mode: plan.mode }),
    status,
    state,
    node,
    incarnation,
    supervision,
    supervisionSince:
      supervision === before?.supervision && before.supervisionSince !== undefined
        ? before.supervisionSince
        : wallTime(enteredAt(history, supervision), time),
    ...(rtt && { rttMs: rounded(rtt.smoothed) }),
    ...(attempt > 0 && { attempt }),
    ...waitOf(connection, time),
    since: before?.since ?? wallTime(firstAt(history), time),
    stateSince: moved ? wallTime(enteredAt(history, node), time) : before.stateSince,
    ...endOf(connection, history, before),
    ...evidenceOf(connection, time),
    ...(connection.sessionView && { session: sessionOf(connection.sessionView) }),
    ...(before && keptOf(before)),
  };
}

/** Fields that the registry sets at a pace of their own. */
function keptOf({ traffic, peer, labels }: Row): Pick<Row, 'traffic' | 'peer' | 'labels'> {
  return { ...(traffic && { traffic }), ...(peer && { peer }), ...(labels && { labels }) };
}

/** The fields of `after` that differ, `null` for those that are gone; undefined: none. */
export function changeOf(before: Row, after: Row): RowChange | undefined {
  const fields = { ...before, ...after };
  const changed: [string, unknown][] = [];
  for (const field of Object.keys(fields) as (keyof Row)[]) {
    if (!same(before[field], after[field])) changed.push([field, after[field] ?? null]);
  }
  return changed.length === 0 ? undefined : { ...Object.fromEntries(changed), id: after.id };
}

export function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}

/** At a gate the alarm is the limit `reconnect.maxElapsed`, not the time of a dial. */
function waitOf({ supervision, plan }: Inspected, time: Time): Pick<Row, 'dueAt' | 'because' | 'gate'> {
  const { wait } = supervision;
  if (wait === undefined) return {};
  const { because } = wait;
  if (because === 'gate')
    return { because, ...(plan.endpointKey !== undefined && { gate: plan.endpointKey }) };
  return { because, ...(wait.slot >= 0 && { dueAt: time.of(wait.at) }) };
}

/** The end of the running incarnation, as far as it is known, or else of the last one. */
function endOf(
  connection: Inspected,
  history: readonly HistoryEntry[],
  before: Row | undefined,
): Pick<Row, 'reason' | 'code'> {
  const known = connection.supervision.exit ?? snapshotOf(connection)?.context.verdict;
  const { reason, code } = known ?? history.findLast((entry) => entry.reason !== undefined) ?? before ?? {};
  return {
    ...(reason && { reason }),
    ...(code !== undefined && { code: typeof code === 'string' ? printableText(code) : code }),
  };
}

function evidenceOf({ supervision, state }: Inspected, time: Time): { evidence?: RowEvidence } {
  if (state !== 'suspect' || supervision.current === undefined) return {};
  const { silenceMs, rtoMs, probes, queuedBytes } = supervision.current.deadlines.evidence;
  return {
    evidence: { silentSince: time.now() - silenceMs, rtoMs: rounded(rtoMs), probes, queuedBytes },
  };
}

/** When the id was first supervised, also where its recorder has dropped that move. */
export function firstAt([oldest]: readonly HistoryEntry[]): number | undefined {
  return oldest?.firstAt ?? oldest?.at;
}

function wallTime(at: number | undefined, time: Time): number {
  return at === undefined ? time.now() : time.ofWall(at);
}

/** Undefined where the newest move of the node's chart led elsewhere, or is not recorded. */
function enteredAt(history: readonly HistoryEntry[], node: string): number | undefined {
  const chart = node.startsWith(SUPERVISION) ? 'supervision' : undefined;
  const last = history.findLast((entry) => entry.chart === chart);
  return last && node.endsWith(`.${last.to}`) ? last.at : undefined;
}

function same(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b));
}
