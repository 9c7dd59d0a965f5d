/** The same as `charts.ts`, of the charts that a page runs: built without descriptions, as `scripts/bare-charts.ts` says. */
import type { AnyStateMachine } from 'xstate';
import { connectionMachine } from '../machines/connection.ts';
import { supervisionMachine } from '../machines/supervision.ts';
import { type ChartModel, chartModel } from './chart-model.ts';
import type { ChartName } from './chart-names.ts';

const machines: Readonly<Record<ChartName, AnyStateMachine>> = {
  connection: connectionMachine,
  supervision: supervisionMachine,
};

export function runningModelOf(name: ChartName): ChartModel {
  return chartModel(machines[name]);
}
