import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Command } from '../../../src/cli/exec/command.ts';
import { virtualClock } from '../../../src/testing/clock.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { runs, scripts } from './scripts.ts';

const env = { PATH: process.env.PATH };
const told = { env, input: '{"event":"state"}\n' };

/** Windows has no such scripts. */
describe.skipIf(process.platform === 'win32')('a command', () => {
  const run = (path: string, args: readonly string[] = [], more: Partial<typeof told> = {}) =>
    new Command({ path, args, timeoutMs: 10_000 }, { ...told, ...more }, systemClock).over;

  test('gets its arguments as they are, its input, and an environment of its own', async () => {
    const { script, lines, path } = scripts();
    const program = script(
      'say',
      'printf "%s\\n" "$@" > "$D/args"; cat > "$D/input"; env | sort > "$D/env"; echo nowhere',
    );
    const args = ['$(touch x); "a b"', '', '*'];
    expect(await run(program, args, { env: { ...env, HOLDFAST_TO: 'a; b' } as typeof env })).toBeUndefined();
    expect(lines('args')).toEqual(args);
    expect(lines('input')).toEqual(['{"event":"state"}']);
    const names = lines('env').map((line) => line.split('=')[0]);
    expect(names.filter((name) => !['_', 'PWD', 'OLDPWD', 'SHLVL'].includes(name ?? ''))).toEqual([
      'HOLDFAST_TO',
      'PATH',
    ]);
    expect(lines('env')).toContain('HOLDFAST_TO=a; b');
    expect(lines(path('x'))).toEqual([]);
  });

  test.each<[how: string, body: string, failure: object]>([
    ['an exit code', 'exit 3', { why: 'exit code 3' }],
    ['a signal', 'kill -9 $$', { why: 'ended by SIGKILL' }],
    [
      'what it wrote to standard error, without secrets and control characters',
      'printf "\\033[31mno route\\nto redis://me:secret@h" >&2; exit 1',
      { why: 'exit code 1', stderr: '[31mno route to redis://***@h' },
    ],
  ])('fails with %s', async (_how, body, failure) => {
    expect(await run(scripts().script('fail', body))).toEqual(failure);
  });

  test('keeps the end of a long standard error alone', async () => {
    const program = scripts().script(
      'long',
      'yes 0123456789 | head -c 1000000 >&2; echo the end >&2; exit 1',
    );
    const failure = await run(program);
    expect(failure?.stderr?.length).toBeLessThanOrEqual(500);
    expect(failure?.stderr).toMatch(/the end$/);
  });

  test('that cannot be started is a failure', async () => {
    expect((await run('/no/such/program'))?.why).toMatch(/^could not be started: .*ENOENT/);
    expect((await run(scripts().path('a\0b')))?.why).toMatch(/^could not be started: .*null bytes/);
  });

  test('that does not read its input is none', async () => {
    const program = scripts().script('deaf', 'exec <&-; exit 0');
    expect(await run(program, [], { input: 'x'.repeat(1_000_000) })).toBeUndefined();
  });

  test('is ended after its time, with what it started', async () => {
    const { script, wrote, lines } = scripts();
    const program = script('slow', 'sleep 1000 & echo $! > "$D/pid"; wait');
    const clock = virtualClock();
    const { over } = new Command({ path: program, args: [], timeoutMs: 10_000 }, told, clock);
    await wrote('pid');
    await clock.run(10_000);
    expect(await over).toEqual({ why: 'timed out after 10000 ms' });
    // The kernel shows a process until the system has collected its exit.
    await vi.waitFor(() => expect(runs(Number(lines('pid')[0]))).toBe(false));
    expect(clock.pending).toBe(0);
  });

  test('that ignores SIGTERM is killed two seconds later', async () => {
    const { script, wrote, lines } = scripts();
    const program = script('stubborn', 'trap "" TERM; sleep 1000 & echo $! > "$D/pid"; wait; sleep 1000');
    const clock = virtualClock();
    const command = new Command({ path: program, args: [], timeoutMs: 10_000 }, told, clock);
    await wrote('pid');
    command.end('ended with holdfast');
    await clock.run(1999);
    expect(runs(Number(lines('pid')[0]))).toBe(true);
    await clock.run(1);
    expect(await command.over).toEqual({ why: 'ended with holdfast' });
    await vi.waitFor(() => expect(runs(Number(lines('pid')[0]))).toBe(false));
  });

  test('does not wait for a process that left its group and keeps standard error open', async () => {
    const { script, wrote, lines } = scripts();
    const own = 'setsid sh -c \'echo $$ > "$1"; exec sleep 1000\' sh "$D/pid" &';
    const program = script('daemon', own);
    const clock = virtualClock();
    const command = new Command({ path: program, args: [], timeoutMs: 10_000 }, told, clock);
    await wrote('pid');
    const pid = Number(lines('pid')[0]);
    onTestFinished(() => void process.kill(pid, 'SIGKILL'));
    await clock.run(12_000);
    expect((await command.over)?.why).toBe('timed out after 10000 ms');
    expect(runs(pid)).toBe(true);
  });
});
