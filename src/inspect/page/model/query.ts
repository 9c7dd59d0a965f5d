/** The filter's query language, and the orders of the list. */
import { phaseOf } from '../../counts.ts';
import type { Counts, Row } from '../../rows.ts';
import { idOf } from './reporters.ts';

export const SORT_KEYS = ['id', 'process', 'state', 'rtt', 'next', 'age'] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export interface Order {
  readonly key: SortKey;
  readonly descending: boolean;
}

type Test = (row: Row, now: number) => boolean;

const NUMBERS: Readonly<Record<string, (row: Row, now: number) => number | undefined>> = {
  rtt: ({ rttMs }) => rttMs,
  attempt: ({ attempt }) => attempt,
  incarnation: ({ incarnation }) => incarnation,
  age: ({ since }, now) => (now - since) / 1000,
  epoch: ({ session }) => session?.epoch,
  unacknowledged: ({ session }) => session?.outgoing.messages,
  replayed: ({ session }) => session?.replayed,
  in: ({ traffic }) => traffic?.in.messageRate,
  out: ({ traffic }) => traffic?.out.messageRate,
  bytes: ({ traffic }) => traffic && traffic.in.byteRate + traffic.out.byteRate,
  outbox: ({ traffic }) => traffic?.outbox.messages,
  for: ({ stateSince }, now) => (now - stateSince) / 1000,
};

const TEXTS: Readonly<Record<string, (row: Row) => string | undefined>> = {
  id: ({ id }) => idOf(id),
  reporter: ({ reporter }) => reporter,
  process: ({ reporter }) => reporter,
  url: ({ url }) => url,
  state: (row) => `${phaseOf(row)} ${row.node}`,
  status: ({ status }) => status,
  reason: ({ reason, code }) => `${reason ?? ''} ${code ?? ''}`,
  because: ({ because }) => because,
  gate: ({ gate }) => gate,
  protocol: ({ protocol }) => protocol,
  side: ({ side }) => side,
  mode: ({ mode }) => mode,
  label: ({ labels }) => labels && labelTexts(labels).join(' '),
  peer: ({ peer }) => peer && `${peer.address ?? peer.family}:${peer.port ?? ''}`,
  tls: ({ peer }) =>
    peer?.tls && `${peer.tls.version} ${peer.tls.cipher} ${peer.tls.certificate?.subject ?? ''}`,
  session: ({ session }) => session && `${session.id} ${session.node.split('.')[1]}`,
};

/** `team=prices`. */
export function labelTexts(labels: NonNullable<Row['labels']>): readonly string[] {
  return Object.entries(labels).map(([name, value]) => `${name}=${value}`);
}

export const FIELDS: readonly string[] = [...Object.keys(TEXTS), ...Object.keys(NUMBERS)];

/** Parses words that all must match: `state:suspect`, `rtt>200`, `age<60` (seconds), or text; `-` negates. */
export function testOf(query: string): Test {
  const tests = query.toLowerCase().split(/\s+/).filter(Boolean).map(wordTest);
  return (row, now) => tests.every((test) => test(row, now));
}

function wordTest(word: string): Test {
  if (word.startsWith('-') && word.length > 1) {
    const test = wordTest(word.slice(1));
    return (row, now) => !test(row, now);
  }
  const [, field = '', operator = '', value = ''] = /^([a-z]+)([:<>=])(.+)$/.exec(word) ?? [];
  const number = named(NUMBERS, field);
  if (number !== undefined && operator !== '') return compared(number, operator, Number.parseFloat(value));
  const text = named(TEXTS, field);
  if (text !== undefined && operator !== '') {
    return (row) => text(row)?.toLowerCase().includes(value) ?? false;
  }
  return ({ id, url, reason = '' }) =>
    id.toLowerCase().includes(word) || url.toLowerCase().includes(word) || reason.includes(word);
}

/** Objects have members of their own, such as `constructor`, which are no fields. */
function named<T>(fields: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function compared(of: (row: Row, now: number) => number | undefined, operator: string, limit: number): Test {
  return (row, now) => {
    const value = of(row, now);
    if (value === undefined) return false;
    if (operator === '>') return value > limit;
    if (operator === '<') return value < limit;
    return Math.round(value) === limit;
  };
}

/** Worst first. */
const URGENCY: readonly (keyof Counts)[] = [
  'gave-up',
  'suspect',
  'closing',
  'closed',
  'waiting',
  'connecting',
  'alive',
  'resting',
  'left',
];

/** When a row's next attempt begins, if that is known. */
export type DueAt = (row: Row) => number | undefined;

const VALUES: Readonly<Record<Exclude<SortKey, 'id' | 'process' | 'next'>, (row: Row) => number>> = {
  state: (row) => URGENCY.indexOf(phaseOf(row)),
  rtt: ({ rttMs }) => rttMs ?? Number.POSITIVE_INFINITY,
  age: ({ since }) => -since,
};

const collator = new Intl.Collator('en', { numeric: true });

/** A sorted copy; the sort is stable. Rows without a value come last in both directions. */
export function sorted(rows: readonly Row[], { key, descending }: Order, dueAt: DueAt): readonly Row[] {
  const sign = descending ? -1 : 1;
  if (key === 'id') return [...rows].sort((a, b) => sign * collator.compare(a.id, b.id));
  if (key === 'process') {
    const nameOf = ({ reporter = '' }: Row) => reporter;
    return [...rows].sort((a, b) => sign * collator.compare(nameOf(a), nameOf(b)));
  }
  const value = key === 'next' ? (row: Row) => dueAt(row) ?? Number.POSITIVE_INFINITY : VALUES[key];
  return rows
    .map((row) => ({ row, value: value(row) }))
    .sort((a, b) => compare(a.value, b.value, sign))
    .map(({ row }) => row);
}

function compare(a: number, b: number, sign: number): number {
  if (a === b) return 0;
  if (!Number.isFinite(a)) return 1;
  if (!Number.isFinite(b)) return -1;
  return sign * (a - b);
}
