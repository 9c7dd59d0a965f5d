/** Steps of the supervision chart, which no actor runs. */
import { createActor, type SnapshotFrom } from 'xstate';
import {
  type SupervisionAction,
  type SupervisionEvent,
  type SupervisionState,
  supervisionMachine,
} from './supervision.ts';

type Snapshot = SnapshotFrom<typeof supervisionMachine>;

export interface SupervisionStep {
  readonly to: SupervisionState;
  readonly actions: readonly SupervisionAction[];
}

/** A step of the chart. Pure: performs nothing, and an event that a state does not handle leads to the same state. */
export function stepSupervision(from: SupervisionState, event: SupervisionEvent): SupervisionStep {
  scope ??= collectingScope();
  collected = [];
  const next = supervisionMachine.transition(snapshotOf(from), event, scope);
  return { to: nameOf(next), actions: collected };
}

type Scope = Parameters<typeof supervisionMachine.transition>[2];
let scope: Scope | undefined;
let collected: SupervisionAction[] = [];

/**
 * XState's `transition()` makes an actor, a system and an initial snapshot for each call, which is most of its time
 * (52 of 68 us measured). One scope serves all steps, as the machine neither spawns, raises nor sends.
 */
function collectingScope(): Scope {
  const self = createActor(supervisionMachine);
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
    actionExecutor: ({ type }) => collected.push(type as SupervisionAction),
  };
}

const snapshots = new Map<SupervisionState, Snapshot>();

/** The context is constant, so one snapshot stands for all ids in a state. */
function snapshotOf(name: SupervisionState): Snapshot {
  const known = snapshots.get(name);
  if (known !== undefined) return known;
  const [state = '', substate] = name.split('.');
  const value = substate === undefined ? state : { [state]: substate };
  const made = supervisionMachine.resolveState({ value, context: {} });
  snapshots.set(name, made);
  return made;
}

function nameOf({ value }: Snapshot): SupervisionState {
  if (typeof value === 'string') return value as SupervisionState;
  const [[state, substate] = []] = Object.entries(value);
  return `${state}.${substate}` as SupervisionState;
}
