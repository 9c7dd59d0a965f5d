/** One shape for what happened to a connection, whoever noted it: the wire, or the flight recorder. */
import type { HistoryEntry } from '../../../actors/incarnation/recorder.ts';
import type { ChartEdge, ChartModel } from '../../chart-model.ts';
import { sourceOf } from '../../senders.ts';
import type {
  BusinessMessage,
  EventView,
  LifecycleMessage,
  SnapshotView,
  TransitionMessage,
} from '../../wire.ts';

export interface Step {
  /** `at`, moved by thousandths so that no two steps are at the same time. */
  readonly t: number;
  readonly at: number;
  readonly incarnation: number;
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
  readonly kind: 'transition' | 'history' | 'message' | 'lifecycle';
  readonly snapshot?: SnapshotView;
}

export type Unplaced = Omit<Step, 't'>;

export function stepOfTransition(message: TransitionMessage): Unplaced {
  const { at, incarnation, source, actor, event, from, to, microsteps, unhandled, snapshot } = message;
  const guard = microsteps.find((microstep) => microstep.guard !== undefined)?.guard;
  return {
    at,
    incarnation,
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

/** The recorder keeps no edges: the chart knows which one it must have been. */
export function stepOfHistory(id: string, entry: HistoryEntry, chart: ChartModel): Unplaced {
  const { at, incarnation, event, from, to, ...fields } = entry;
  const root = chart.nodes[0]?.id ?? '';
  const nodes = { ...(from !== undefined && { from: `${root}.${from}` }), to: `${root}.${to}` };
  const edge = from === undefined ? undefined : edgeBetween(chart, entry, nodes.from ?? '', nodes.to);
  return {
    at,
    incarnation,
    source: event === 'start' ? 'supervisor' : sourceOf({ type: event, ...fields }),
    receiver: `${id}#${incarnation}`,
    event: { type: event, ...fields },
    ...nodes,
    edges: edge === undefined ? [] : [edge.id],
    ...(edge?.guard && { guard: edge.guard.type }),
    actions: edge?.actions.map(({ type }) => type) ?? [],
    unhandled: false,
    kind: 'history',
  };
}

export function stepOfMessage({ at, connection, text }: BusinessMessage): Unplaced {
  const event = { type: 'message', text };
  const quiet = { edges: [], actions: [], unhandled: false } as const;
  return { at, incarnation: 0, source: 'socket', receiver: connection, event, ...quiet, kind: 'message' };
}

export function stepOfLifecycle({ at, incarnation, event }: LifecycleMessage): Unplaced {
  const source = event.type === 'gate' ? 'gate' : 'supervisor';
  const quiet = { edges: [], actions: [], unhandled: false } as const;
  return { at, incarnation, source, receiver: 'log', event, ...quiet, kind: 'lifecycle' };
}

function edgeBetween(
  { nodes, edges }: ChartModel,
  { event, deadline }: HistoryEntry,
  from: string,
  to: string,
): ChartEdge | undefined {
  const candidates = edges.filter((edge) => {
    if (edge.event !== event || edge.to === undefined || !isWithin(from, edge.from)) return false;
    return entered(nodes, edge.to) === to || edge.to === to;
  });
  const asked = candidates.filter(({ guard }) => hasParameter(guard?.params, deadline));
  return (deadline === undefined ? candidates : asked)[0] ?? candidates[0];
}

function hasParameter(params: unknown, value: unknown): boolean {
  return typeof params === 'object' && params !== null && Object.values(params).includes(value);
}

/** Where one arrives who enters a state: in its first substate, and so on. */
function entered(nodes: ChartModel['nodes'], id: string): string {
  const initial = nodes.find((node) => node.id === id)?.initial;
  return initial === undefined ? id : entered(nodes, initial);
}

export function isWithin(id: string, ancestor: string): boolean {
  return id === ancestor || id.startsWith(`${ancestor}.`);
}
