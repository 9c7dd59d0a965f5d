import { expect, expectTypeOf, test } from 'vitest';
import { createSupervisor, type Supervisor } from '../../src/browser.ts';

test('browser preset: the supervisor has no accept and no listen', async () => {
  const supervisor = createSupervisor({ signals: { watch: () => () => {} } });
  expect(['connect', 'accept', 'listen'].map((method) => method in supervisor)).toEqual([true, false, false]);
  expectTypeOf<Supervisor>().not.toHaveProperty('accept');
  expectTypeOf<Supervisor>().not.toHaveProperty('listen');
  expectTypeOf<Parameters<Supervisor['stop']>>().toEqualTypeOf<[]>();
  await supervisor.stop();
  expect(() => supervisor.connect({ url: 'ws://peer' })).toThrow('the supervisor is stopped');
});
