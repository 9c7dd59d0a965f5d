/** The two statecharts of a connection as models: what one incarnation does, and what follows its exit. */
import type { AnyStateMachine } from 'xstate';
import { connectionMachine } from '../machines/connection.ts';
import { supervisionMachine } from '../machines/supervision.ts';
import { type ChartModel, chartModel } from './chart-model.ts';
import type { ChartName } from './chart-names.ts';

const machines: Readonly<Record<ChartName, AnyStateMachine>> = {
  connection: connectionMachine,
  supervision: supervisionMachine,
};

export function modelOf(name: ChartName): ChartModel {
  return chartModel(machines[name]);
}
