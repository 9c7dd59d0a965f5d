/** The statecharts as models: what one incarnation does, what follows its exit, and the session that outlives it. */
import type { AnyStateMachine } from 'xstate';
import { connectionMachine } from '../machines/connection.ts';
import { supervisionMachine } from '../machines/supervision.ts';
import { sessionMachine } from '../sessions/chart.ts';
import { type ChartModel, chartModel } from './chart-model.ts';
import type { ChartName } from './chart-names.ts';

const machines: Readonly<Record<ChartName, AnyStateMachine>> = {
  connection: connectionMachine,
  supervision: supervisionMachine,
  session: sessionMachine,
};

export function modelOf(name: ChartName): ChartModel {
  return chartModel(machines[name]);
}
