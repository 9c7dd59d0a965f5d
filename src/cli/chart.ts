/** `holdfast chart`: prints the statechart of a connection for tools and documents. */
import type { Command } from 'commander';
import { ConfigError } from '../base/errors.ts';
import { type ChartModel, type ChartNode, type ChartPart, chartModel } from '../inspect/chart-model.ts';
import { connectionMachine } from '../machines/connection.ts';
import type { ExitCode, Io, Run } from './io.ts';
import { mermaid } from './mermaid.ts';

const formats: Readonly<Record<string, (model: ChartModel) => string>> = {
  json: (model) => JSON.stringify(definition(model), undefined, 2),
  mermaid,
};

const HELP = `
Formats: json, a definition that XState and Stately Studio read; mermaid, a stateDiagram-v2.

Examples:
  $ holdfast chart > connection.json
  $ holdfast chart --format mermaid > connection.mmd`;

export function addChart(program: Command, run: Run): void {
  program
    .command('chart')
    .summary('print the statechart of a connection')
    .description('Prints the statechart that every supervised connection runs.')
    .option('--format <format>', 'json or mermaid', 'json')
    .addHelpText('after', HELP)
    .action(run((io, flags: { readonly format: string }) => chart(io, flags)));
}

/** Throws `ConfigError`. */
export function chart({ stdout }: Io, { format }: { readonly format: string }): ExitCode {
  const render = Object.hasOwn(formats, format) ? formats[format] : undefined;
  if (render === undefined) {
    const expected = `one of ${Object.keys(formats).join(', ')}`;
    throw new ConfigError([{ path: '--format', value: format, expected }]);
  }
  stdout.write(`${render(chartModel(connectionMachine))}\n`);
  return 0;
}

/** The model in the nested form of XState's machine definitions; targets are absolute. */
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
