/** Converts XState's objects to their form on the wire. */
import type { AnyEventObject, AnyTransitionDefinition } from 'xstate';
import { edgeIdOf, partOf } from './chart-model.ts';
import { printable } from './printable.ts';
import type { EventView, Microstep, SnapshotView } from './wire.ts';

export function microstepOf(
  transitions: readonly AnyTransitionDefinition[],
  actions: readonly string[],
): Microstep {
  const guard = transitions.find((transition) => transition.guard !== undefined)?.guard;
  return {
    edges: transitions.map(edgeIdOf),
    ...(guard !== undefined && { guard: partOf(guard).type }),
    actions,
  };
}

export function eventView(event: AnyEventObject): EventView {
  const { type, ...fields } = event;
  return { ...(printable(fields) as object), type };
}

export function snapshotView(snapshot: unknown): SnapshotView {
  const { status, value, context, output } = snapshot as Partial<SnapshotView>;
  return {
    status: String(status),
    ...(value !== undefined && { value }),
    ...(context !== undefined && { context: printable(context) }),
    ...(output !== undefined && { output: printable(output) }),
  };
}
