/** `holdfast watch --exec`: a program for each change of state. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { answerPings, tcpPeer } from '../../support/tcp-peer.ts';
import { FakeIo } from '../fake-io.ts';
import { runs, scripts } from './scripts.ts';

function withPath(io = new FakeIo()): FakeIo {
  Object.assign(io.env, { PATH: process.env.PATH, HOLDFAST_REASON: 'of another one', TOKEN: 'S3CRET' });
  return io;
}

const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

describe.skipIf(process.platform === 'win32')('holdfast watch --exec', () => {
  test('runs the program for each change, which is in its environment and on its standard input', async () => {
    const { script, lines } = scripts();
    const record = script(
      'record',
      'env | grep -E "^(HOLDFAST|TOKEN)" | sort | tr "\\n" " " >> "$D/env"; echo >> "$D/env"; echo "$1" >> "$D/args"; cat >> "$D/input"',
    );
    const url = await tcpPeer(answerPings);
    const io = withPath();
    const code = io.run('watch', url, '--exec', record, '--exec-arg', '--two words; exit');
    await io.line(({ to }) => to === 'alive');
    io.quit$.next('SIGINT');
    expect(await code).toBe(0);
    const changes = io.lines.filter(({ event }) => event === 'state' || event === 'left');
    expect(changes.map(({ to, event }) => to ?? event)).toEqual([
      'connecting',
      'alive',
      'closing',
      'closed',
      'left',
    ]);
    // A log line has its fields in another order.
    expect(lines('input').map((line) => JSON.parse(line))).toEqual(
      changes.map((line) => ({ ...line, time: expect.any(Number) })),
    );
    expect(new Set(lines('args'))).toEqual(new Set(['--two words; exit']));
    const [connecting = '', , , closed = ''] = lines('env');
    expect(connecting.replace(/TIME=\d+/, 'TIME=0')).toBe(
      `HOLDFAST_EVENT=state HOLDFAST_ID=${url} HOLDFAST_INCARNATION=1 HOLDFAST_TIME=0 HOLDFAST_TO=connecting HOLDFAST_URL=${url} TOKEN=S3CRET `,
    );
    expect(closed).toContain('HOLDFAST_CLASS=normal');
    expect(closed).toContain('HOLDFAST_FROM=closing');
    expect(closed).toContain('HOLDFAST_REASON=closed-by-us');
    expect(io.out + io.err).not.toContain('S3CRET');
  });

  test('runs it for the changes of --exec-on alone', async () => {
    const { script, lines } = scripts();
    const io = withPath();
    const record = script('record', 'echo "$HOLDFAST_TO$HOLDFAST_EVENT" >> "$D/log"');
    const code = io.run('watch', await tcpPeer(answerPings), '--exec', record, '--exec-on', 'alive, left');
    await io.line(({ to }) => to === 'alive');
    io.quit$.next('SIGINT');
    expect(await code).toBe(0);
    expect(lines('log')).toEqual(['alivestate', 'left']);
  });

  test('a failure is a warning, in lines and above the table, and ends nothing', async () => {
    const url = await tcpPeer(answerPings);
    const fail = scripts().script('fail', 'echo no route >&2; exit 7');
    const failing = (io: FakeIo) => io.run('watch', url, '--exec', fail, '--exec-on', 'alive');
    const [lines, table] = [withPath(), withPath(new FakeIo({ isTTY: true, columns: 200, rows: 24 }))];
    const codes = [failing(lines), failing(table)];
    expect(await lines.line(({ event }) => event === 'exec-failed')).toMatchObject({
      level: 40,
      connection: url,
      command: fail,
      change: 'alive',
      why: 'exit code 7',
      stderr: 'no route',
    });
    await table.wrote(`${fail} for ${url}, alive: exit code 7 (no route)`);
    for (const io of [lines, table]) io.quit$.next('SIGINT');
    expect(await Promise.all(codes)).toEqual([0, 0]);
    expect(lines.err + table.err).toBe('');
  });

  test('finds a program by its name in PATH', async () => {
    const { script, lines, path } = scripts();
    script('alert-me', 'echo "$HOLDFAST_TO" >> "$D/log"');
    const io = withPath();
    io.env.PATH = `${path('')}:${io.env.PATH}`;
    const args = ['--exec', 'alert-me', '--exec-on', 'closed', '--for', '50ms'];
    expect(await io.run('watch', await tcpPeer(answerPings), ...args)).toBe(0);
    expect(lines('log')).toEqual(['closed']);
  });

  test('a second Ctrl-C leaves no program behind', async ({ onTestFinished: finished }) => {
    const { script, lines, wrote } = scripts();
    const stubborn = script('stubborn', 'trap "" TERM; echo $$ > "$D/pid"; sleep 1000; sleep 1000');
    const args = [main, 'watch', await tcpPeer(answerPings), '--exec', stubborn, '--exec-on', 'alive'];
    const child = spawn(process.execPath, args, { stdio: 'ignore' });
    finished(() => void child.kill('SIGKILL'));
    const exit = once(child, 'exit');
    await wrote('pid');
    const impatience = setInterval(() => child.kill('SIGINT'), 100);
    expect(await exit).toEqual([130, null]);
    clearInterval(impatience);
    await vi.waitFor(() => expect(runs(Number(lines('pid')[0]))).toBe(false));
  });
});

describe('bad usage of --exec', () => {
  test.each<[args: string, line: RegExp]>([
    [
      '--exec ./no-such',
      /^holdfast: --exec: "\.\/no-such" is not valid; expected a program .* into --exec-arg$/,
    ],
    ['--exec no-such-program', /^holdfast: --exec: "no-such-program" .* or a name in PATH/],
    ['--exec package.json', /^holdfast: --exec: "package.json" is not valid/],
    ['--exec ./src', /^holdfast: --exec: ".\/src" is not valid/],
    ['--exec-arg x', /^holdfast: --exec-arg: "x" is not valid; expected none without --exec/],
    ['--exec-on alive', /^holdfast: --exec-on: "alive" is not valid; expected none without --exec/],
    ['--exec-timeout 5s', /^holdfast: --exec-timeout: "5s" is not valid; expected none without --exec/],
    ['--exec sh --exec-on up', /^holdfast: --exec-on: "up" is not valid; expected one of connecting, alive,/],
    ['--exec sh --exec-timeout 5', /^holdfast: --exec-timeout: "5" .*; with its unit: 5ms or 5s/],
  ])('%s', async (args, line) => {
    const io = new FakeIo();
    io.env.PATH = process.env.PATH ?? '';
    expect(await io.run('watch', 'tcp://127.0.0.1:9', ...args.split(' '))).toBe(2);
    expect(io.err.trimEnd()).toMatch(line);
  });
});
