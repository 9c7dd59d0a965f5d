/** The same as `charts.ts`, of the charts that every page runs: built without descriptions, as `scripts/bare-charts.ts` says. */
import type { AnyStateMachine } from 'xstate';
import { connectionMachine } from '../machines/connection.ts';
import { supervisionMachine } from '../machines/supervision.ts';
import { type ChartModel, chartModel } from './chart-model.ts';
import type { CommonChart } from './chart-names.ts';

const machines: Readonly<Record<CommonChart, AnyStateMachine>> = {
  connection: connectionMachine,
  supervision: supervisionMachine,
};

export function runningModelOf(name: CommonChart): ChartModel {
  return chartModel(machines[name]);
}
