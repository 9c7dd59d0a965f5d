/** The examples run as a reader would run them. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The lines it prints. */
async function run(example: string): Promise<string[]> {
  const args = ['--import', 'tsx', `examples/${example}.ts`];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  return stdout.trimEnd().split('\n');
}

test('examples/price-feed: reconnects after its server closed, and subscribes anew', async () => {
  const lines = await run('price-feed');
  expect(lines.filter((text) => text.startsWith('ACME'))).toEqual(['ACME 42.1', 'ACME 42.2']);
  expect(lines.at(-1)).toBe('feed is closed');
});

test('examples/market-data: quotes continue after a restart of the service', async () => {
  const lines = await run('market-data/main');
  expect(lines.filter((line, at) => line !== lines[at - 1])).toEqual([
    'stale',
    'live',
    'ACME 41 42',
    'stale',
    'live',
    'ACME 42 43',
    'stale',
    'over',
  ]);
});

test('examples/gateway: 1,000 clients move to the new gateway, never all away at once', async () => {
  const lines = await run('gateway');
  const numbers = lines.map((text) => text.match(/\d+/g)?.map(Number) ?? []);
  expect(lines.map((text) => text.replaceAll(/\d+/g, '#'))).toEqual([
    '# clients at the old gateway',
    ...Array(4).fill('# have left after # ms'),
    '# clients at the new gateway',
    '# sockets for each of them',
    '# at most were without a gateway at the same time',
  ]);
  expect([numbers[0], numbers[5], numbers[6]]).toEqual([[1000], [1000], [2]]);
  // No client leaves before its share of the 2 s; a busy machine may be late. The tolerance is one share and rounding.
  for (const [left = 0, ms] of numbers.slice(1, 5)) expect(ms).toBeGreaterThanOrEqual(2 * left - 5);
  expect(numbers.slice(1, 5).map(([left]) => left)).toEqual([250, 500, 750, 1000]);
  // How many are away at once depends on the machine: 67 to 997 were seen.
  expect(numbers[7]?.[0]).toBeLessThan(1000);
});

test('examples/own-machine: reconnects by the rules of its own chart', async () => {
  expect(await run('own-machine')).toEqual([
    'online',
    'pausing',
    'online',
    'done',
    '2 sockets, heard: welcome',
  ]);
});
