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

test('the price feed is brought back after its server hung up, and subscribed anew', async () => {
  const lines = await run('price-feed');
  expect(lines.filter((text) => text.startsWith('ACME'))).toEqual(['ACME 42.1', 'ACME 42.2']);
  expect(lines.at(-1)).toBe('feed is closed');
});

test('the market-data SDK goes on to quote after its service was restarted', async () => {
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

test('a thousand clients move to the new gateway', async () => {
  expect(await run('gateway')).toEqual([
    '1000 clients at the old gateway',
    '1000 clients at the new gateway',
    '2 sockets for each of them',
  ]);
});

test('a machine of its own connects again by its own rules', async () => {
  expect(await run('own-machine')).toEqual([
    'online',
    'pausing',
    'online',
    'done',
    '2 sockets, heard: welcome',
  ]);
});
