/** The state of the page as signals, so that only views of changed values are drawn again. */
import { computed, signal } from '@preact/signals';
import { levelsOf } from '../../../policy/route.ts';
import { systemClock } from '../../../time/clock.ts';
import type { ChartLayout } from '../../chart-layout.ts';
import type { ChartModel } from '../../chart-model.ts';
import type { ChartName } from '../../chart-names.ts';
import { countsOf } from '../../counts.ts';
import type { Counts, Gate, Row } from '../../rows.ts';
import type { Hello, Machine } from '../../wire.ts';
import type { Proposed } from '../../wire-actions.ts';
import { layoutOf } from '../chart/layout.ts';
import ownLayouts from '../layout.json' with { type: 'json' };
import { Detail } from './detail.ts';
import { rowAt } from './past.ts';
import { type Order, sorted, testOf } from './query.ts';
import { keyOf, reporters, stoppedReporter } from './reporters.ts';
import type { Charts, Step } from './steps.ts';
import { nameOfGate } from './wait.ts';

export type Source = 'none' | 'live' | 'recording';
/** `silent`: connected, and no beat for some seconds. `refused`: a process answers, and refuses the token of this page. */
export type Link = 'connecting' | 'open' | 'silent' | 'lost' | 'refused';

const ownMachines: readonly Machine[] = Object.entries(CHARTS).map(([id, model]) => ({
  id,
  model,
  layout: ownLayouts[id as ChartName] as ChartLayout,
}));

// --- where it comes from

export const source = signal<Source>('none');
export const link = signal<Link>('connecting');
/** For how many whole seconds the server has been silent. */
export const silentFor = signal(0);
export const recordingName = signal('');
/** The server's `hello`, without the machines; undefined before. */
export const hello = signal<Omit<Hello, 'machines'> | undefined>(undefined);
export const machines = signal<readonly Machine[]>(ownMachines);
/** An action that waits for its confirmation. */
export const proposed = signal<Proposed | undefined>(undefined);
/** The last error, as text. */
export const notice = signal<string | undefined>(undefined);

// --- time

/** Milliseconds from this page's monotonic clock to the server's time. */
let offset = systemClock.wall() - systemClock.scheduler.now();

export function setServerTime(now: number): void {
  const ours = now - systemClock.scheduler.now();
  // A delayed message does not turn the time back.
  if (ours > offset || offset - ours > 200) offset = ours;
}

export function serverNow(): number {
  return systemClock.scheduler.now() + offset;
}

/** The server's time, ten times a second unless paused; in a recording its end. */
export const now = signal(serverNow());

// --- the list

/** Mutated in place; `version` grows with each change. */
export const rows = new Map<string, Row>();
export const version = signal(0);
/** The server's counts of its own process; undefined in a recording. */
export const counts = signal<Counts | undefined>(undefined);
export const gates = signal<readonly Gate[]>([]);

const gatesByName = computed(
  () => new Map(gates.value.map((gate) => [keyOf(nameOfGate(gate), gate.reporter), gate])),
);

/** The gate at which a connection waits: of its host or of its route, the one that opens last. */
export function gateOf({ gate, reporter }: Row): Gate | undefined {
  const known = levelsOf(gate).flatMap((name) => gatesByName.value.get(keyOf(name, reporter)) ?? []);
  return known.reduce<Gate | undefined>(
    (last, each) => ((each.until ?? 0) >= (last?.until ?? 0) ? each : last),
    undefined,
  );
}

/** When the next dial begins: its own, or the next one at its gate. */
export function dueAt(row: Row): number | undefined {
  return row.dueAt ?? gateOf(row)?.until;
}

export const query = signal('');
export const order = signal<Order | undefined>(undefined);

const test = computed(() => testOf(query.value));

/** Rows of the present, or of the cursor in a recording. */
const shownRow = computed<(row: Row) => Row>(() => {
  const t = cursor.value;
  if (source.value !== 'recording' || t === undefined) return (row) => row;
  return (row) => rowAt(row, details.get(row.id), t);
});

export const visible = computed<readonly Row[]>(() => {
  version.value;
  const [matches, at, show] = [test.value, now.peek(), shownRow.value];
  const found: Row[] = [];
  for (const row of rows.values()) {
    const shown = show(row);
    if (matches(shown, at)) found.push(shown);
  }
  return order.value === undefined ? found : sorted(found, order.value, dueAt);
});

export const shownCounts = computed<Counts>(() => {
  version.value;
  if (counts.value !== undefined && reporters.value.size === 0) return counts.value;
  const known = [...rows.values()].filter((row) => stoppedReporter(row) === undefined);
  return countsOf(known.map(shownRow.value));
});

/** The time of a shown row: of a connection that was not watched only its last row is known. */
export function timeOf(row: Row): number {
  const present = stoppedReporter(row)?.heardAt ?? now.value;
  return rows.get(row.id) === row ? present : (cursor.value ?? present);
}

/** The cursor, or the present of the selected connection. */
export const shownTime = computed<number>(() => cursor.value ?? presentOfSelected.value);

/** The time of the selected connection stands still when its process reports no more. */
export const presentOfSelected = computed<number>(() => {
  version.value;
  const row = selected.value === undefined ? undefined : rows.get(selected.value);
  return (row && stoppedReporter(row)?.heardAt) ?? now.value;
});

// --- one connection

export const selected = signal<string | undefined>(undefined);
/** The key of a connection that a link names, until it is listed or another one is selected. */
export const wanted = signal<string | undefined>(undefined);
export const details = new Map<string, Detail>();
/** Grows with each step, sample or suspicion of the selected connection. */
export const detailVersion = signal(0);

export function detailOf(id: string): Detail {
  const known = details.get(id);
  if (known !== undefined) return known;
  const detail = new Detail(id, chartsOf(rows.get(id)));
  details.set(id, detail);
  return detail;
}

/** The charts of a connection; those of the own process for one that is not listed. */
export function chartsOf(row: Row | undefined): Charts {
  const connection = chartOf(row?.machine, row?.reporter).model;
  const [supervision, session] = (['supervision', 'session'] as const).map(
    (name) => chartOf(name, row?.reporter).model,
  ) as [ChartModel, ChartModel];
  return { connection, supervision, session };
}

export const detail = computed<Detail | undefined>(() => {
  detailVersion.value;
  return selected.value === undefined ? undefined : details.get(selected.value);
});

/** The selected row, at the cursor if there is one; the list of a live page shows the present. */
export const selectedRow = computed<Row | undefined>(() => {
  version.value;
  const row = selected.value === undefined ? undefined : rows.get(selected.value);
  const t = cursor.value;
  return row === undefined || t === undefined ? row : rowAt(row, details.get(row.id), t);
});

export interface DrawnChart {
  readonly model: ChartModel;
  readonly layout: ChartLayout;
}

/** By the id of its machine; the connection chart of the build for an id that neither reporter nor server described. */
export function chartOf(id: string | undefined, reporter: string | undefined): DrawnChart {
  const reported = reporter === undefined ? undefined : reporters.value.get(reporter)?.machines;
  const all = [...(reported ?? []), ...machines.value, ...ownMachines];
  const machine = all.find((each) => each.id === id) ?? (ownMachines[0] as Machine);
  return { model: machine.model, layout: machine.layout ?? drawn(machine.model) };
}

const drawings = new WeakMap<ChartModel, ChartLayout>();

/** The layout of a chart that came without one. */
function drawn(model: ChartModel): ChartLayout {
  const layout = drawings.get(model) ?? layoutOf(model);
  drawings.set(model, layout);
  return layout;
}

// --- going back

export const paused = signal(false);
/** The time that is shown; undefined for the present. */
export const cursor = signal<number | undefined>(undefined);

/** Where one chart is at the cursor. */
export interface ChartMoment {
  /** The last step that named its state. */
  readonly arrival: Step | undefined;
  /** The last step that led from a state to another. */
  readonly move: Step | undefined;
}

/** The last step there is, or the one at the cursor, and where it leaves the charts. */
export const moment = computed(() => {
  detailVersion.value;
  const steps = detail.value?.steps ?? [];
  const index = cursor.value === undefined ? steps.length - 1 : (detail.value?.indexAt(cursor.value) ?? -1);
  const before = steps.slice(0, index + 1);
  return {
    index,
    step: steps[index],
    connection: momentOf(before, 'connection'),
    supervision: momentOf(before, 'supervision'),
    session: momentOf(before, 'session'),
  };
});

function momentOf(before: readonly Step[], name: ChartName): ChartMoment {
  return {
    arrival: before.findLast(({ chart, to }) => chart === name && to !== undefined),
    move: before.findLast(({ chart, from, to }) => chart === name && to !== undefined && from !== to),
  };
}
