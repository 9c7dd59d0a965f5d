/** Steps of *cold* charts, which no actor runs: what has one keeps the name of its state, and performs the actions that come back as names. */
import { type AnyStateMachine, createActor, type SnapshotFrom, type StateValue } from 'xstate';

export interface Step<State, Action> {
  readonly to: State;
  readonly actions: readonly Action[];
}

/**
 * The step of a chart. Pure: performs nothing, and an event that a state does not handle leads to the same state.
 *
 * XState's `transition()` makes an actor, a system and an initial snapshot for each call, which is most of its time
 * (52 of 68 us measured). One scope serves all steps, as such a chart neither spawns, raises nor sends. Its context is constant,
 * so that one snapshot stands for all that are in a state.
 */
export function stepOf<State extends string, Event, Action extends string>(
  chart: AnyStateMachine,
): (from: State, event: Event) => Step<State, Action> {
  type Scope = Parameters<typeof chart.transition>[2];
  const snapshots = new Map<State, SnapshotFrom<typeof chart>>();
  let scope: Scope | undefined;
  let actions: Action[] = [];
  return (from, event) => {
    scope ??= scopeOf(chart, (action) => actions.push(action as Action));
    actions = [];
    const snapshot = snapshots.get(from) ?? chart.resolveState({ value: stateOf(from), context: {} });
    snapshots.set(from, snapshot);
    const { value } = chart.transition(snapshot, event, scope);
    return { to: nameOf(value) as State, actions };
  };
}

function scopeOf(chart: AnyStateMachine, perform: (action: string) => void) {
  const self = createActor(chart);
  const nothing = () => {};
  return {
    self,
    system: self.system,
    id: self.id,
    sessionId: self.sessionId,
    logger: nothing,
    defer: nothing,
    emit: nothing,
    stopChild: nothing,
    actionExecutor: ({ type }: { readonly type: string }) => perform(type),
  };
}

function stateOf(name: string): StateValue {
  const [state = '', substate] = name.split('.');
  return substate === undefined ? state : { [state]: substate };
}

function nameOf(value: StateValue): string {
  return typeof value === 'string' ? value : Object.entries(value).flat().join('.');
}
