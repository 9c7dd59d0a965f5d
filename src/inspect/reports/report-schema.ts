/** The schema of what reporters send: foreign input, so that every field is checked. Unknown fields are left out. */
import * as v from 'valibot';
import { BAND_MS, STEP_MS } from '../band.ts';
import {
  amount,
  entry,
  gate,
  lifecycle,
  row,
  sample,
  supervision,
  suspicion,
  text,
  time,
  transition,
  whole,
} from '../recording-schema.ts';
import type { WatchedMessage } from '../source.ts';
import type { Beat, Delta, FullList, Hello } from '../wire.ts';
import type { ProcessMessage } from '../wire-process.ts';

/** States and edges of a chart. */
const NODES = 200;
const EDGES = 1000;
/** Rows of a message, and of a reporter. */
export const MAX_ROWS = 10_000;

const name = v.pipe(v.string(), v.maxLength(100));
const part = v.object({ type: name, params: v.optional(v.unknown()) });
const partList = v.pipe(v.array(part), v.maxLength(50));
const description = v.optional(v.pipe(v.string(), v.maxLength(1000)));

const node = v.object({
  id: name,
  key: name,
  parent: v.optional(name),
  type: v.picklist(['atomic', 'compound', 'parallel', 'final', 'history']),
  description,
  initial: v.optional(name),
  entry: partList,
  exit: partList,
});

const edge = v.object({
  id: name,
  from: name,
  event: name,
  to: v.optional(name),
  guard: v.optional(part),
  actions: partList,
  description,
});

const model = v.pipe(
  v.object({
    nodes: v.pipe(v.array(node), v.minLength(1), v.maxLength(NODES)),
    edges: v.pipe(v.array(edge), v.maxLength(EDGES)),
  }),
  v.check(
    isWhole,
    'parents before their children, one root, initial states within their parents, and edges between states of the chart',
  ),
);

const hello = v.object({
  type: v.literal('hello'),
  version: v.number(),
  now: time,
  server: name,
  pid: v.optional(whole),
  mayShowMessages: v.boolean(),
  machines: v.pipe(v.array(v.object({ id: name, model })), v.maxLength(4)),
  identity: v.object({
    name: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
    id: v.pipe(v.string(), v.minLength(16), v.maxLength(100)),
  }),
});

const counts = v.object({
  connecting: whole,
  alive: whole,
  suspect: whole,
  closing: whole,
  closed: whole,
  waiting: whole,
  // A package of before does not tell it.
  resting: v.optional(whole, 0),
  left: whole,
  'gave-up': whole,
});
const band = v.object({
  from: time,
  steps: v.pipe(v.array(v.tuple([amount, amount, amount, amount])), v.length(BAND_MS / STEP_MS)),
});
const rows = v.pipe(v.array(row), v.maxLength(MAX_ROWS));
const gates = v.pipe(v.array(gate), v.maxLength(1000));

const { id: rowId, ...rowFields } = row.entries;
const change = v.object({
  id: rowId,
  ...(Object.fromEntries(
    Object.entries(rowFields).map(([field, schema]) => [
      field,
      v.optional(v.nullable(schema as v.GenericSchema)),
    ]),
  ) as object),
});

const ofWatched = { connection: text, at: time };

const message = v.variant('type', [
  hello,
  v.object({ type: v.literal('full'), now: time, rows, counts, gates, band: v.optional(band) }),
  v.object({
    type: v.literal('delta'),
    now: time,
    added: v.optional(rows),
    changed: v.optional(v.pipe(v.array(change), v.maxLength(MAX_ROWS))),
    removed: v.optional(v.pipe(v.array(text), v.maxLength(MAX_ROWS))),
    counts: v.optional(counts),
    gates: v.optional(gates),
  }),
  v.object({ type: v.literal('beat'), now: time }),
  v.object({
    type: v.literal('process'),
    now: time,
    lagMs: amount,
    busy: v.optional(amount),
    cpu: v.optional(amount),
    rssBytes: v.optional(whole),
    heapBytes: v.optional(whole),
    uptimeMs: v.optional(amount),
  }),
  transition,
  supervision,
  suspicion,
  lifecycle,
  v.object({ type: v.literal('history'), ...ofWatched, entries: v.pipe(v.array(entry), v.maxLength(1000)) }),
  v.object({ type: v.literal('samples'), ...ofWatched, samples: v.pipe(v.array(sample), v.maxLength(100)) }),
  v.object({ type: v.literal('message'), ...ofWatched, text }),
]);

const known: readonly unknown[] = message.options.map(({ entries }) => entries.type.literal);

export type ReportMessage = Hello | FullList | Delta | Beat | ProcessMessage | WatchedMessage;

/** The message, or what is wrong with it; undefined for one of a type that is not known, as from a later version. */
export function parseReport(json: string): ReportMessage | string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return 'message: not valid JSON';
  }
  const { type } = Object(value) as { readonly type?: unknown };
  if (typeof type === 'string' && !known.includes(type)) return undefined;
  const result = v.safeParse(message, value, { abortEarly: true });
  if (result.success) return result.output as ReportMessage;
  const [{ path, message: why }] = result.issues;
  return `${path?.map(({ key }) => String(key)).join('.') ?? 'message'}: ${why}`;
}

interface Ends {
  readonly nodes: v.InferOutput<typeof node>[];
  readonly edges: v.InferOutput<typeof edge>[];
}

/** Drawings begin at the root, look for the parents and the initial states of states, and end at the states that edges name. */
function isWhole({ nodes, edges }: Ends): boolean {
  const parents = new Map<string, string | undefined>();
  for (const { id, parent } of nodes) {
    if (parents.has(id) || (parent === undefined) !== (parents.size === 0)) return false;
    if (parent !== undefined && !parents.has(parent)) return false;
    parents.set(id, parent);
  }
  // A state that is its own initial one would be entered without end.
  const areWithin = nodes.every(({ id, initial }) => initial === undefined || parents.get(initial) === id);
  return (
    areWithin && edges.every(({ from, to }) => parents.has(from) && (to === undefined || parents.has(to)))
  );
}
