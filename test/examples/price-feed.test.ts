import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('the price feed is brought back after its server hung up, and subscribed anew', async () => {
  const args = ['--import', 'tsx', 'examples/price-feed.ts'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  expect(stdout.split('\n').filter((text) => text.startsWith('ACME'))).toEqual(['ACME 42.1', 'ACME 42.2']);
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('feed is closed');
});
