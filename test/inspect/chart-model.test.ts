import { expect, test } from 'vitest';
import { setup } from 'xstate';
import { chartModel } from '../../src/inspect/chart-model.ts';

const machine = setup({
  types: { events: {} as { type: 'knock'; loudly: boolean } | { type: 'tick' } },
  guards: { isLoud: (_, _params: { than: number }) => true },
  actions: { open: () => {}, shut: () => {} },
}).createMachine({
  id: 'door',
  description: 'A door.',
  initial: 'shut',
  states: {
    shut: {
      entry: 'shut',
      initial: 'locked',
      on: { tick: { description: 'Doors do not age.' } },
      states: { locked: {}, ajar: { exit: ['open', () => {}] } },
    },
    open: { type: 'final' },
  },
  on: {
    knock: [
      { guard: { type: 'isLoud', params: { than: 3 } }, target: '#door.open', actions: 'open' },
      { target: '#door.shut.ajar' },
    ],
  },
});

test('chart model: states become nodes, parents first', () => {
  expect(chartModel(machine).nodes).toEqual([
    {
      id: 'door',
      key: 'door',
      type: 'compound',
      description: 'A door.',
      initial: 'door.shut',
      entry: [],
      exit: [],
    },
    {
      id: 'door.shut',
      key: 'shut',
      parent: 'door',
      type: 'compound',
      initial: 'door.shut.locked',
      entry: [{ type: 'shut' }],
      exit: [],
    },
    { id: 'door.shut.locked', key: 'locked', parent: 'door.shut', type: 'atomic', entry: [], exit: [] },
    {
      id: 'door.shut.ajar',
      key: 'ajar',
      parent: 'door.shut',
      type: 'atomic',
      entry: [],
      exit: [{ type: 'open' }, { type: '(inline)' }],
    },
    { id: 'door.open', key: 'open', parent: 'door', type: 'final', entry: [], exit: [] },
  ]);
});

test('chart model: transitions become edges with absolute targets, in the order of guard evaluation', () => {
  expect(chartModel(machine).edges).toEqual([
    {
      id: 'door/knock/0',
      from: 'door',
      event: 'knock',
      to: 'door.open',
      guard: { type: 'isLoud', params: { than: 3 } },
      actions: [{ type: 'open' }],
    },
    { id: 'door/knock/1', from: 'door', event: 'knock', to: 'door.shut.ajar', actions: [] },
    {
      id: 'door.shut/tick/0',
      from: 'door.shut',
      event: 'tick',
      actions: [],
      description: 'Doors do not age.',
    },
  ]);
});
