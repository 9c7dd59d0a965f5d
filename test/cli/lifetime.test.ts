import { expect, test } from 'vitest';
import { after, ending } from '../../src/cli/lifetime.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { FakeIo } from './fake-io.ts';

const DAY = 86_400_000;

const virtual = () => Object.assign(new FakeIo(), { clock: virtualClock() });

test('ends after the time that was asked for, also if that is longer than a timer can be', async () => {
  const io = virtual();
  let ended: string | undefined;
  ending(io, 30 * DAY).then((how) => {
    ended = how;
  });
  await io.clock.run(30 * DAY - 1);
  expect(ended).toBeUndefined();
  await io.clock.run(1);
  expect(ended).toBe('elapsed');
  expect(io.clock.pending).toBe(0);
});

test('ends when somebody asks for it, before it began too', async () => {
  const io = virtual();
  io.quit$.next('SIGINT');
  expect(await ending(io, DAY)).toBe('quit');
  expect(io.clock.pending).toBe(0);
});

test('ends when its work is over', async () => {
  expect(await ending(virtual(), undefined, Promise.resolve())).toBe('done');
});

test('a wait that nobody is interested in any more leaves no timer', () => {
  const clock = virtualClock();
  after(1000, clock).subscribe().unsubscribe();
  expect(clock.pending).toBe(0);
});
