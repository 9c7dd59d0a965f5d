/** The two statecharts of a connection: what one incarnation does, and what follows its exit. */
import type { AnyStateMachine } from 'xstate';
import { connectionMachine } from '../machines/connection.ts';
import { supervisionMachine } from '../machines/supervision.ts';
import { type ChartModel, chartModel } from './chart-model.ts';

/** The key is the id of the machine. */
const machines = {
  connection: connectionMachine,
  supervision: supervisionMachine,
} satisfies Readonly<Record<string, AnyStateMachine>>;

export type ChartName = keyof typeof machines;

export const chartNames = Object.keys(machines) as readonly ChartName[];

export function modelOf(name: ChartName): ChartModel {
  return chartModel(machines[name]);
}
