/** `holdfast record` and `holdfast replay` as processes: signals, and a pipe that is closed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseRecording } from '../../src/inspect/recording.ts';
import { later } from '../support/later.ts';
import { answerPings, tcpPeer } from '../support/tcp-peer.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const fresh = () => join(mkdtempSync(join(tmpdir(), 'holdfast-')), 'incident.json');
const read = (file: string) => parseRecording(readFileSync(file, 'utf8'));

function holdfast(...args: readonly string[]) {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  later(() => void child.kill('SIGKILL'));
  return { child, exit: once(child, 'exit'), errors: text(child.stderr) };
}

async function recording(file: string) {
  const running = holdfast('record', file, await tcpPeer(answerPings));
  for await (const line of createInterface({ input: running.child.stdout })) {
    if ((JSON.parse(line) as { to?: string }).to === 'alive') return running;
  }
  throw new Error('the command ended');
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  'executable: record writes its file at %s, and ends with 0',
  async (signal) => {
    const file = fresh();
    const { child, exit, errors } = await recording(file);
    child.stdout.resume();
    child.kill(signal);
    expect(await exit).toEqual([0, null]);
    expect(await errors).toBe('');
    expect(read(file).connections[0]?.history.map(({ to }) => to)).toContain('alive');
  },
);

test('executable: a record that is killed leaves the recording before as it was', async () => {
  const file = fresh();
  const first = await recording(file);
  first.child.stdout.resume();
  first.child.kill('SIGTERM');
  await first.exit;
  const before = readFileSync(file, 'utf8');
  const second = await recording(file);
  second.child.kill('SIGKILL');
  await second.exit;
  expect(readFileSync(file, 'utf8')).toBe(before);
  expect(existsSync(`${file}.${second.child.pid}.tmp`)).toBe(false);
});

test('executable: replay prints the moves, also into a pipe that is closed at once', async () => {
  const file = fresh();
  const { child, exit } = await recording(file);
  child.stdout.resume();
  child.kill('SIGTERM');
  await exit;
  const printed = holdfast('replay', file);
  const lines = (await text(printed.child.stdout))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ to }) => to)).toContain('alive');
  expect(await printed.exit).toEqual([0, null]);
  const closed = holdfast('replay', file);
  closed.child.stdout.destroy();
  expect(await closed.exit).toEqual([0, null]);
  expect(await closed.errors).toBe('');
});

test.each([
  ['a port that is taken', (port: string) => [`--inspect=${port}`], '--inspect: '],
  ['a URL that no inspector has', () => ['--report', 'http://127.0.0.1'], '--report: '],
])('executable: record is over at once with %s, and writes nothing', async (_, optionsFor, why) => {
  const [file, url] = [fresh(), await tcpPeer(answerPings)];
  const { exit, errors } = holdfast('record', file, url, ...optionsFor(new URL(url).port));
  expect(await exit).toEqual([2, null]);
  expect(await errors).toMatch(new RegExp(`^holdfast: ${why}`));
  expect(existsSync(file)).toBe(false);
});
