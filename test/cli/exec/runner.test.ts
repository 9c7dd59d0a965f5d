import { describe, expect, test } from 'vitest';
import { Runner } from '../../../src/cli/exec/runner.ts';
import type { Fields, Output } from '../../../src/cli/output.ts';
import { virtualClock } from '../../../src/testing/clock.ts';
import { scripts } from './scripts.ts';

/** A runner whose commands have their time from a virtual clock, and run in the real one. */
function runner(path: string) {
  const clock = virtualClock();
  const announced: Fields[] = [];
  const output = { announce: (fields: Fields) => void announced.push(fields) } as unknown as Output;
  const program = { path, args: [], timeoutMs: 60_000 };
  const of = new Runner(program, clock, output);
  const add = (connection: string, change: string) =>
    of.add({
      connection,
      change,
      told: () => ({ env: { PATH: process.env.PATH, C: connection, TO: change }, input: '' }),
    });
  return { clock, announced, runner: of, add };
}

describe.skipIf(process.platform === 'win32')('the commands of --exec', () => {
  test('run four at once, and for one connection one after another and in order', async () => {
    const { script, lines } = scripts();
    const program = script('note', 'echo "> $C $TO" >> "$D/log"; sleep 0.02; echo "< $C $TO" >> "$D/log"');
    const { runner: commands, add, announced } = runner(program);
    const states = ['connecting', 'alive', 'suspect'];
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const state of states) for (const name of names) add(name, state);
    await commands.end();
    const log = lines('log').map((line) => line.split(' ') as [string, string, string]);
    expect(log).toHaveLength(36);
    const marks = log.map(([mark]) => mark);
    const running = marks.map((_, at) => {
      const until = marks.slice(0, at + 1);
      return 2 * until.filter((mark) => mark === '>').length - until.length;
    });
    expect(Math.max(...running)).toBeLessThanOrEqual(4);
    for (const name of names)
      expect(log.filter(([, connection]) => connection === name).map(([mark, , to]) => mark + to)).toEqual(
        states.flatMap((state) => [`>${state}`, `<${state}`]),
      );
    expect(announced).toEqual([]);
  });

  test('leave out the oldest changes when a thousand wait, and say so', async () => {
    const { script, path } = scripts();
    const { runner: commands, add, announced, clock } = runner(script('wait', 'exec sleep 1000'));
    for (let at = 0; at < 1100; at++) add(`c${at % 20}`, 'closed');
    await clock.run(1000);
    expect(announced).toEqual([
      {
        event: 'exec-dropped',
        command: path('wait'),
        changes: 96,
        connections: Array.from({ length: 10 }, (_, at) => `c${at + 4}`),
        more: 10,
      },
    ]);
    const ended = commands.end();
    await clock.run(5000);
    await ended;
    const failed = announced.filter(({ event }) => event === 'exec-failed');
    expect(failed.toSorted((a, b) => (String(a.connection) < String(b.connection) ? -1 : 1))).toEqual(
      Array.from({ length: 4 }, (_, at) => ({
        event: 'exec-failed',
        connection: `c${at}`,
        command: path('wait'),
        change: 'closed',
        why: 'ended with holdfast',
      })),
    );
    expect(announced.at(-1)).toMatchObject({ event: 'exec-dropped', changes: 1000 });
    expect(clock.pending).toBe(0);
  });

  test('end at once when none runs', async () => {
    const { runner: commands, clock } = runner('/bin/true');
    await commands.end();
    expect(clock.pending).toBe(0);
  });
});
