/** The rows of the list in groups: by endpoint, by process or by a label. */
import { computed, signal } from '@preact/signals';
import { conditionOf } from '../../band.ts';
import { phaseOf } from '../../counts.ts';
import type { Row } from '../../rows.ts';
import { reporters, stoppedReporter } from './reporters.ts';
import * as state from './state.ts';
import { endpointOf } from './wait.ts';

/** `endpoint`, `process`, or `label:` and the name of a label; undefined: no groups. */
export type GroupKey = string;

export const groupBy = signal<GroupKey | undefined>(undefined);
/** The names of groups whose rows are hidden. */
export const folded = signal<ReadonlySet<string>>(new Set());

export interface Group {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly open: boolean;
}

/** A line of the list. */
export type Item =
  | { readonly group: Group; readonly row?: never }
  | { readonly row: Row; readonly group?: never };

/** The keys that there is something to group by. Names of labels are looked for once a second. */
export const groupKeys = computed<readonly GroupKey[]>(() => {
  lookedAt.value;
  const labels = new Set<string>();
  for (const { labels: own } of state.rows.values())
    for (const name of Object.keys(own ?? {})) labels.add(name);
  const processes = reporters.value.size > 0 ? ['process'] : [];
  return ['endpoint', ...processes, ...[...labels].sort().map((name) => `label:${name}`)];
});

const lookedAt = computed(() => {
  state.version.value;
  return Math.floor(state.now.value / 1000);
});

export const items = computed<readonly Item[]>(() => {
  const rows = state.visible.value;
  const key = groupBy.value;
  if (key === undefined) return rows.map((row) => ({ row }));
  return groupsOf(rows, key, folded.value).flatMap((group) => [
    { group },
    ...(group.open ? group.rows.map((row) => ({ row })) : []),
  ]);
});

/** Groups in the order of their first rows. */
export function groupsOf(rows: readonly Row[], key: GroupKey, closed: ReadonlySet<string>): readonly Group[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const name = nameIn(row, key);
    const known = groups.get(name);
    if (known === undefined) groups.set(name, [row]);
    else known.push(row);
  }
  return Array.from(groups, ([name, own]) => ({ name, rows: own, open: !closed.has(name) }));
}

function nameIn(row: Row, key: GroupKey): string {
  if (key === 'endpoint') return endpointOf(row.url);
  if (key === 'process') return row.reporter ?? 'this process';
  return row.labels?.[key.slice('label:'.length)] ?? 'without the label';
}

export function fold(name: string): void {
  const next = new Set(folded.value);
  if (!next.delete(name)) next.add(name);
  folded.value = next;
}

export function group(key: GroupKey | undefined): void {
  groupBy.value = key;
  folded.value = new Set();
}

/** Shows the rows of the group that a row is in. */
export function unfold(row: Row): void {
  const key = groupBy.value;
  if (key !== undefined && folded.value.has(nameIn(row, key))) fold(nameIn(row, key));
}

/** The rows of the list from top to bottom, those of closed groups included. */
export function orderedRows(): readonly Row[] {
  const rows = state.visible.value;
  const key = groupBy.value;
  return key === undefined ? rows : groupsOf(rows, key, folded.value).flatMap((each) => each.rows);
}

/** The next suspect row below the selected one, or above it, around the ends; where none is, the next in any trouble. */
export function nextInTrouble(by: 1 | -1): Row | undefined {
  const rows = orderedRows();
  const at = rows.findIndex(({ id }) => id === state.selected.value);
  const start = at === -1 && by < 0 ? 0 : at;
  const around = rows.map((_, index) => rows[(start + by * (index + 1) + 2 * rows.length) % rows.length]);
  const worst = (row: Row | undefined) =>
    row && stoppedReporter(row) === undefined && phaseOf(row) === 'suspect';
  const troubled = (row: Row | undefined) => {
    const condition = row && stoppedReporter(row) === undefined ? conditionOf(phaseOf(row)) : undefined;
    return condition !== undefined && condition !== 'alive';
  };
  return around.find(worst) ?? around.find(troubled);
}
