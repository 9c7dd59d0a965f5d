import { describe, expect, test } from 'vitest';
import { createMachine } from 'xstate';
import { type ChartModel, chartModel } from '../../src/inspect/chart-model.ts';
import { connectionMachine } from '../../src/machines/connection.ts';
import { supervisionMachine } from '../../src/machines/supervision.ts';
import { FakeIo } from './fake-io.ts';

async function printed(...args: string[]): Promise<string> {
  const io = new FakeIo();
  expect(await io.run('chart', ...args)).toBe(0);
  return io.out;
}

test('holdfast chart: prints the connection chart as JSON by default', async () => {
  expect(await printed()).toBe(await printed('connection', '--format', 'json'));
});

test.each([
  ['connection', ['connecting', 'alive', 'suspect', 'closing', 'closed']],
  ['supervision', ['queued', 'backing-off', 'running', 'resting', 'left', 'gave-up']],
])('holdfast chart %s: prints states %j as JSON', async (name, expected) => {
  const { id, states } = JSON.parse(await printed(name));
  expect(id).toBe(name);
  expect(Object.keys(states)).toEqual(expected);
});

/** What Mermaid shows: transitions with a target or an action. */
const drawn = ({ edges }: ChartModel) =>
  edges.filter(({ to, actions }) => to !== undefined || actions.length > 0);

const machines = [
  ['connection', connectionMachine],
  ['supervision', supervisionMachine],
] as const;

describe.each(machines)('holdfast chart %s', (name, machine) => {
  const model = chartModel(machine);
  const alias = (id: string) => id.replace(`${name}.`, '').replaceAll(/[.-]/g, '_');

  test(`${name} chart as JSON: XState reads it as the same chart`, async () => {
    expect(chartModel(createMachine(JSON.parse(await printed(name))))).toEqual(model);
  });

  test(`${name} chart: every state has a description`, () => {
    for (const { id, description } of model.nodes)
      expect({ id, description }).toEqual({ id, description: expect.any(String) });
  });

  test(`${name} chart as Mermaid: every state is inside its parent, and every transition is an arrow`, async () => {
    const text = await printed(name, '--format', 'mermaid');
    expect(text).toMatch(/^stateDiagram-v2\n {2}\[\*\] --> (connecting|queued)\n/);
    for (const { id, key, parent } of model.nodes.slice(1)) {
      const depth = '  '.repeat(id.split('.').length - 1);
      expect(text).toMatch(new RegExp(`^${depth}state "${key}" as ${alias(id)}( \\{)?$`, 'm'));
      if (parent !== name)
        expect(text).toContain(`state "${parent?.split('.')[1]}" as ${alias(parent ?? '')} {`);
    }
    const arrows = text.split('\n').filter((line) => line.includes(' : '));
    const ends = arrows.map((line) =>
      line
        .trim()
        .split(/ (?:-->|:) /)
        .slice(0, 2),
    );
    expect(ends).toEqual(drawn(model).map(({ from, to }) => [alias(from), alias(to ?? from)]));
    expect(text.split('{').length).toBe(text.split('}').length);
  });
});

test('holdfast chart --format mermaid: labels carry event, guard and actions', async () => {
  expect(await printed('--format', 'mermaid')).toContain(
    '  connecting_dialing --> closing_aborting : ' +
      'deadline-expired [isDeadline(connect)] / judgeOpening(connect-timeout)\n',
  );
  expect(await printed('supervision', '--format', 'mermaid')).toContain(
    '  running --> backing_off_hint : ' +
      'exited [waitsForHint] / chooseEndpoint, rememberFailure, scheduleDelay\n',
  );
});
