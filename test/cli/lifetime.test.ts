import { expect, test } from 'vitest';
import { after, ending } from '../../src/cli/lifetime.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { FakeIo } from './fake-io.ts';

const DAY = 86_400_000;

const virtual = () => Object.assign(new FakeIo(), { clock: virtualClock() });

test('command lifetime: ends after --for, even beyond the longest timer', async () => {
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

test('command lifetime: ends at a signal, also one before the start', async () => {
  const io = virtual();
  io.quit$.next('SIGINT');
  expect(await ending(io, DAY)).toBe('quit');
  expect(io.clock.pending).toBe(0);
});

test('command lifetime: ends when its work is done', async () => {
  expect(await ending(virtual(), undefined, Promise.resolve())).toBe('done');
});

test('command lifetime: an unsubscribed wait leaves no timer', () => {
  const clock = virtualClock();
  after(1000, clock).subscribe().unsubscribe();
  expect(clock.pending).toBe(0);
});
