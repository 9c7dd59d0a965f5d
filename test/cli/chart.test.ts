import { expect, test } from 'vitest';
import { createMachine } from 'xstate';
import { type ChartModel, chartModel } from '../../src/inspect/chart-model.ts';
import { connectionMachine } from '../../src/machines/connection.ts';
import { FakeIo } from './fake-io.ts';

const model = chartModel(connectionMachine);

async function printed(...args: string[]): Promise<string> {
  const io = new FakeIo();
  expect(await io.run('chart', ...args)).toBe(0);
  return io.out;
}

test('holdfast chart: XState builds the same chart from the JSON', async () => {
  const read = createMachine(JSON.parse(await printed()));
  expect(chartModel(read)).toEqual(model);
});

test('holdfast chart: json is the default format', async () => {
  expect(await printed('--format', 'json')).toBe(await printed());
});

test('holdfast chart: every state has a description', async () => {
  const { states } = JSON.parse(await printed());
  expect(Object.keys(states)).toEqual(['connecting', 'alive', 'suspect', 'closing', 'closed']);
  for (const { id, description } of model.nodes)
    expect({ id, description }).toEqual({ id, description: expect.any(String) });
});

const alias = (id: string) => id.replace('connection.', '').replaceAll('.', '_');
/** The transitions that Mermaid shows: ignored events are left out. */
const drawn = ({ edges }: ChartModel) =>
  edges.filter(({ to, actions }) => to !== undefined || actions.length > 0);

test('holdfast chart: Mermaid draws every state inside its parent, and every transition', async () => {
  const text = await printed('--format', 'mermaid');
  expect(text).toMatch(/^stateDiagram-v2\n {2}\[\*\] --> connecting\n/);
  for (const { id, key, parent } of model.nodes.slice(1)) {
    const depth = '  '.repeat(id.split('.').length - 1);
    expect(text).toMatch(new RegExp(`^${depth}state "${key}" as ${alias(id)}( \\{)?$`, 'm'));
    if (parent !== 'connection')
      expect(text).toContain(`state "${parent?.split('.')[1]}" as ${alias(parent ?? '')} {`);
  }
  const arrows = text.split('\n').filter((line) => line.includes(' : '));
  expect(
    arrows.map((line) =>
      line
        .trim()
        .split(/ (?:-->|:) /)
        .slice(0, 2),
    ),
  ).toEqual(drawn(model).map(({ from, to }) => [alias(from), alias(to ?? from)]));
  expect(text.split('{').length).toBe(text.split('}').length);
});

test('holdfast chart: Mermaid labels have event, guard and actions', async () => {
  expect(await printed('--format', 'mermaid')).toContain(
    '  connecting_dialing --> closing_aborting : ' +
      'deadline-expired [isDeadline(connect)] / judge(connect-timeout)\n',
  );
});
