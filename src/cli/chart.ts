/** `holdfast chart`: the statecharts of a connection, for tools and for documents. */
import type { Command } from 'commander';
import { ConfigError } from '../base/errors.ts';
import type { ChartModel, ChartNode, ChartPart } from '../inspect/chart-model.ts';
import { chartNames } from '../inspect/chart-names.ts';
import { modelOf } from '../inspect/charts.ts';
import type { ExitCode, Io, Run } from './io.ts';
import { mermaid } from './mermaid.ts';

const formats = {
  json: (model: ChartModel) => JSON.stringify(definition(model), undefined, 2),
  mermaid,
} as const;

const formatNames = Object.keys(formats) as readonly (keyof typeof formats)[];

const HELP = `
Charts: connection, what one incarnation does from dial to close (default); supervision, what follows its exit.
Formats: json, a definition that XState and Stately Studio read; mermaid, a stateDiagram-v2.

Examples:
  $ holdfast chart > connection.json
  $ holdfast chart supervision --format mermaid > supervision.mmd`;

interface Flags {
  readonly format: string;
}

export function addChart(program: Command, run: Run): void {
  program
    .command('chart')
    .summary('print a statechart: connection or supervision')
    .description('Prints one of the two statecharts of every connection.')
    .argument('[chart]', 'connection or supervision', 'connection')
    .option('--format <format>', 'json or mermaid', 'json')
    .addHelpText('after', HELP)
    .action(run((io, name: string, flags: Flags) => chart(io, name, flags)));
}

/** Throws `ConfigError`. */
export function chart({ stdout }: Io, name: string, { format }: Flags): ExitCode {
  const model = modelOf(oneOf('CHART', name, chartNames));
  const render = formats[oneOf('--format', format, formatNames)];
  stdout.write(`${render(model)}\n`);
  return 0;
}

function oneOf<Name extends string>(path: string, value: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === value);
  if (found !== undefined) return found;
  throw new ConfigError([{ path, value, expected: `one of ${names.join(', ')}` }]);
}

/** The model in the nested form that `createMachine` takes; targets are absolute. */
export function definition(model: ChartModel): object {
  const [root] = model.nodes;
  return root === undefined ? {} : { id: root.id, ...state(model, root) };
}

function state(model: ChartModel, node: ChartNode): object {
  const { id, type, description, initial, entry, exit } = node;
  const children = model.nodes.filter(({ parent }) => parent === id);
  return {
    ...(description && { description }),
    ...((type === 'final' || type === 'parallel') && { type }),
    ...(initial && { initial: children.find((child) => child.id === initial)?.key }),
    ...list('entry', entry),
    ...list('exit', exit),
    ...transitions(model, id),
    ...(children.length > 0 && {
      states: Object.fromEntries(children.map((child) => [child.key, state(model, child)])),
    }),
  };
}

function transitions({ edges }: ChartModel, id: string): object {
  const on: Record<string, object[]> = {};
  for (const { event, to, guard, actions, description } of edges.filter(({ from }) => from === id)) {
    on[event] ??= [];
    on[event].push({
      ...(to && { target: `#${to}` }),
      ...(guard && { guard }),
      ...list('actions', actions),
      ...(description && { description }),
    });
  }
  return Object.keys(on).length > 0 ? { on } : {};
}

function list(name: string, parts: readonly ChartPart[]): object {
  return parts.length > 0 ? { [name]: parts } : {};
}
