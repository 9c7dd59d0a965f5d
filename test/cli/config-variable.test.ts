/** `HOLDFAST_CONFIG`, the file of `--config` where that is not given. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { closedPort, later } from '../transport/peers.ts';
import { FakeIo } from './fake-io.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'holdfast-'));

function config(name: string, policy: object): string {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(policy));
  return file;
}

const once0 = { reconnect: { maxAttempts: 0 } };

test('HOLDFAST_CONFIG: is the file of --config, which goes before it', async () => {
  vi.stubEnv('HOLDFAST_CONFIG', config('once.json', once0));
  const dead = `tcp://127.0.0.1:${await closedPort()}`;
  const io = new FakeIo();
  expect(await io.run('watch', dead)).toBe(1);
  const other = new FakeIo();
  const args = [
    'watch',
    dead,
    '--config',
    config('many.json', { reconnect: { maxAttempts: 9 } }),
    '--for',
    '300ms',
  ];
  expect(await other.run(...args)).toBe(0);
});

test('HOLDFAST_CONFIG: a file that is not there is bad usage, and the help names the variable', async () => {
  vi.stubEnv('HOLDFAST_CONFIG', join(folder, 'none.json'));
  const io = new FakeIo();
  expect(await io.run('probe', 'tcp://127.0.0.1:9')).toBe(2);
  expect(io.err).toMatch(/--config: ".*none.json" is not valid; expected a readable file/);
  const help = new FakeIo();
  expect(await help.run('help', 'proxy')).toBe(0);
  expect(help.out).toMatch(/\(env:\s+HOLDFAST_CONFIG\)/);
});

test('HOLDFAST_CONFIG: SIGHUP in the first moment of a command does not end it, and reads the file again', async () => {
  const env = { ...process.env, HOLDFAST_CONFIG: config('again.json', {}) };
  const child = spawn(process.execPath, [main, 'serve', 'tcp://127.0.0.1:0'], { env });
  later(() => void child.kill('SIGKILL'));
  const seen: string[] = [];
  const lines = createInterface({ input: child.stdout });
  const applied = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      const { event } = JSON.parse(line) as { event: string };
      seen.push(event);
      if (event === 'listening') child.kill('SIGHUP');
      if (event === 'config-applied') resolve();
    });
  });
  await applied;
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(seen).toContain('config-applied');
});
