/** Steps of a connection in one shape, from the wire and from the flight recorder. */
import type { HistoryEntry } from '../../../actors/incarnation/recorder.ts';
import type { ChartEdge, ChartModel } from '../../chart-model.ts';
import type { ChartName } from '../../chart-names.ts';
import { sourceOf, supervisionSourceOf } from '../../event-sources.ts';
import type {
  BusinessMessage,
  EventView,
  LifecycleMessage,
  SnapshotView,
  SupervisionMessage,
  TransitionMessage,
} from '../../wire.ts';

export interface Step {
  /** `at`, moved by thousandths so that no two steps are at the same time. */
  readonly t: number;
  readonly at: number;
  readonly incarnation: number;
  /** The chart that `from`, `to` and `edges` belong to. */
  readonly chart: ChartName;
  readonly source: string;
  readonly receiver: string;
  readonly event: EventView;
  /** Ids of nodes. */
  readonly from?: string;
  readonly to?: string;
  /** Ids of edges, in the order in which they were taken. */
  readonly edges: readonly string[];
  readonly guard?: string;
  readonly actions: readonly string[];
  readonly unhandled: boolean;
  readonly kind: 'transition' | 'supervision' | 'session' | 'history' | 'message' | 'lifecycle';
  readonly snapshot?: SnapshotView;
}

export type Unplaced = Omit<Step, 't'>;

export function stepOfTransition(message: TransitionMessage): Unplaced {
  const { at, incarnation, source, actor, event, from, to, microsteps, unhandled, snapshot } = message;
  const guard = microsteps.find((microstep) => microstep.guard !== undefined)?.guard;
  return {
    at,
    incarnation,
    chart: 'connection',
    source,
    receiver: actor,
    event,
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    edges: microsteps.flatMap(({ edges }) => edges),
    ...(guard !== undefined && { guard }),
    actions: microsteps.flatMap(({ actions }) => actions),
    unhandled: unhandled === true,
    kind: 'transition',
    ...(snapshot !== undefined && { snapshot }),
  };
}

/** The charts, to find the edge that a move took. */
export type Charts = Readonly<Record<ChartName, ChartModel>>;

/** A recorder keeps no edges: the edge comes from the chart. */
export function stepOfHistory(id: string, entry: HistoryEntry, charts: Charts): Unplaced {
  const { at, incarnation, event, from, to, chart = 'connection', ...fields } = entry;
  const nodes = { ...(from !== undefined && { from: `${chart}.${from}` }), to: `${chart}.${to}` };
  return {
    at,
    incarnation,
    chart,
    ...endsOf(chart, id, incarnation, { type: event, ...fields }),
    event: { type: event, ...fields },
    ...nodes,
    ...takenOf(nodes.from && edgeBetween(charts[chart], entry, nodes.from, nodes.to)),
    unhandled: false,
    kind: 'history',
  };
}

export function stepOfSupervision(message: SupervisionMessage, charts: Charts): Unplaced {
  const { connection, at, incarnation, event, from, to } = message;
  return {
    at,
    incarnation,
    chart: 'supervision',
    ...endsOf('supervision', connection, incarnation, { type: event }),
    event: { type: event },
    from,
    to,
    ...takenOf(edgeBetween(charts.supervision, { event }, from, to)),
    unhandled: false,
    kind: 'supervision',
  };
}

/** The sender and the receiver of an event. */
function endsOf(chart: ChartName, id: string, incarnation: number, event: EventView) {
  const actor = `${id}#${incarnation}`;
  if (chart === 'session') return { source: event.type === 'cut' ? 'socket' : 'protocol', receiver: chart };
  if (chart === 'connection') {
    return { source: event.type === 'start' ? 'supervisor' : sourceOf(event), receiver: actor };
  }
  const source = supervisionSourceOf(event.type);
  return { source: source === 'incarnation' ? actor : source, receiver: 'supervision' };
}

function takenOf(edge: ChartEdge | '' | undefined): Pick<Step, 'edges' | 'guard' | 'actions'> {
  if (!edge) return { edges: [], actions: [] };
  return {
    edges: [edge.id],
    ...(edge.guard && { guard: edge.guard.type }),
    actions: edge.actions.map(({ type }) => type),
  };
}

export function stepOfMessage({ at, connection, text }: BusinessMessage): Unplaced {
  const event = { type: 'message', text };
  return { at, incarnation: 0, source: 'socket', receiver: connection, event, ...quiet, kind: 'message' };
}

export function stepOfLifecycle({ at, incarnation, event }: LifecycleMessage): Unplaced {
  const source = event.type === 'gate' ? 'gate' : 'supervisor';
  return { at, incarnation, source, receiver: 'log', event, ...quiet, kind: 'lifecycle' };
}

const sessionEvents = { attached: 'greeted', detached: 'cut', ended: 'over' } as const;

/**
 * The move of the session chart of which the log has told, as the flight recorder has it. Undefined for another line of the log. `before`: where
 * the move before led, as far as it is known.
 */
export function stepOfSession(
  { at, connection, incarnation, event: told }: LifecycleMessage,
  before: string | undefined,
  { session: chart }: Charts,
): Unplaced | undefined {
  const state = told.type === 'session-lost' ? 'ended' : told.type === 'session' && told.to;
  if (state !== 'attached' && state !== 'detached' && state !== 'ended') return undefined;
  const { type: _, to: __, ...fields } = told;
  const event = { type: sessionEvents[state], ...fields };
  const first = told.resumed === true ? 'session.detached' : 'session.new';
  const since = before === undefined || before === 'session.ended' ? first : before;
  const from = state === 'detached' ? 'session.attached' : since;
  const to = `session.${state}`;
  return {
    at,
    incarnation,
    chart: 'session',
    ...endsOf('session', connection, incarnation, event),
    event,
    from,
    to,
    ...takenOf(edgeBetween(chart, { event: event.type }, from, to)),
    unhandled: false,
    kind: 'session',
  };
}

/** A step of no chart. */
const quiet = { chart: 'connection', edges: [], actions: [], unhandled: false } as const;

function edgeBetween(
  { nodes, edges }: ChartModel,
  { event, deadline }: Pick<HistoryEntry, 'event' | 'deadline'>,
  from: string,
  to: string,
): ChartEdge | undefined {
  const all = edges.filter((edge) => edge.event === event && isWithin(from, edge.from));
  const candidates = all.filter((edge) => edge.to !== undefined && entered(nodes, edge.to) === to);
  const asked = candidates.filter(({ guard }) => hasParameter(guard?.params, deadline));
  const found = (deadline === undefined ? candidates : asked)[0] ?? candidates[0];
  return found ?? (from === to ? onlyStay(all) : undefined);
}

/** The edge of an event that only acts. Undefined where guards choose between several. */
function onlyStay(edges: readonly ChartEdge[]): ChartEdge | undefined {
  const innermost = Math.max(...edges.map((edge) => edge.from.length));
  const own = edges.filter((edge) => edge.from.length === innermost && edge.to === undefined);
  return own.length === 1 ? own[0] : undefined;
}

function hasParameter(params: unknown, value: unknown): boolean {
  return typeof params === 'object' && params !== null && Object.values(params).includes(value);
}

/** The leaf that is active after a state was entered: its first substate, and so on. */
function entered(nodes: ChartModel['nodes'], id: string): string {
  const initial = nodes.find((node) => node.id === id)?.initial;
  return initial === undefined ? id : entered(nodes, initial);
}

export function isWithin(id: string, ancestor: string): boolean {
  return id === ancestor || id.startsWith(`${ancestor}.`);
}
