/** A statechart as nodes and edges, read from its machine. Every drawing is made from this model. */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { badConfig } from '../base/errors.ts';

/** The named parts of a chart: actions and guards. */
export interface ChartPart {
  readonly type: string;
  readonly params?: unknown;
}

export interface ChartNode {
  /** Unique, dotted: `connection.connecting.dialing`. The root's is the machine's. */
  readonly id: string;
  /** The last part of the id. */
  readonly key: string;
  /** Absent on the root. */
  readonly parent?: string;
  readonly type: AnyStateNode['type'];
  readonly description?: string;
  /** The id of the child that is entered first. */
  readonly initial?: string;
  readonly entry: readonly ChartPart[];
  readonly exit: readonly ChartPart[];
}

export interface ChartEdge {
  /** Unique: source, event, and the place among the source's transitions for it: `connection.alive/close/0`. */
  readonly id: string;
  readonly from: string;
  /** `always` for an eventless transition. */
  readonly event: string;
  /** Absent: the state stays, and only the actions run. */
  readonly to?: string;
  readonly guard?: ChartPart;
  readonly actions: readonly ChartPart[];
  readonly description?: string;
}

/** A chart as a drawing needs it: states, edges, and the texts on both. */
export interface ChartModel {
  /** Parents before their children, in the order of the machine; the first is the root. */
  readonly nodes: readonly ChartNode[];
  /** In the order in which the guards of a state and event are evaluated. */
  readonly edges: readonly ChartEdge[];
}

/** The model of a machine. Inline actions and guards appear as `(inline)`. Throws `ConfigError` for anything but a machine. */
export function chartModel(machine: AnyStateMachine): ChartModel {
  if (!(machine as AnyStateMachine | undefined)?.root?.states)
    throw badConfig('machine', machine, 'a machine of XState');
  const states = withDescendants(machine.root);
  return { nodes: states.map(nodeOf), edges: states.flatMap(edgesOf) };
}

function withDescendants(state: AnyStateNode): AnyStateNode[] {
  return [state, ...Object.values(state.states).flatMap(withDescendants)];
}

function nodeOf({ id, key, parent, type, description, initial, entry, exit }: AnyStateNode): ChartNode {
  const first = initial?.target?.[0]?.id;
  return {
    id,
    key,
    ...(parent && { parent: parent.id }),
    type,
    ...(description && { description }),
    ...(first && { initial: first }),
    entry: entry.map(partOf),
    exit: exit.map(partOf),
  };
}

function edgesOf(state: AnyStateNode): ChartEdge[] {
  return [...(state.always ?? []), ...[...state.transitions.values()].flat()].map((transition) => {
    const { target, guard, actions, description } = transition;
    const to = target?.[0]?.id;
    return {
      id: edgeIdOf(transition),
      from: state.id,
      event: eventOf(transition),
      ...(to && { to }),
      ...(guard !== undefined && { guard: partOf(guard) }),
      actions: actions.map(partOf),
      ...(description && { description }),
    };
  });
}

/** The id of the edge that stands for a transition of XState. */
export function edgeIdOf(transition: AnyTransitionDefinition): string {
  const { source, eventType } = transition;
  const siblings = eventType === '' ? source.always : source.transitions.get(eventType);
  return `${source.id}/${eventOf(transition)}/${siblings?.indexOf(transition) ?? -1}`;
}

/** XState names the event of an eventless transition with the empty string. */
function eventOf({ eventType }: AnyTransitionDefinition): string {
  return eventType === '' ? 'always' : eventType;
}

/** Takes a part as it was declared: a name, or a name with parameters. */
export function partOf(part: unknown): ChartPart {
  if (typeof part === 'string') return { type: part };
  if (typeof part !== 'object' || part === null || !('type' in part)) return { type: '(inline)' };
  const params = 'params' in part ? part.params : undefined;
  return { type: String(part.type), ...(params !== undefined && { params }) };
}
