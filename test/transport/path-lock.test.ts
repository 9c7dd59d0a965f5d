/** The lock on the path of a unix socket, in virtual time. */
import { expect, it } from 'vitest';
import { virtualClock } from '../../src/testing/clock.ts';
import { locked } from '../../src/transport/path-lock.ts';
import { scratchPath } from './peers.ts';

/** A holder that keeps the lock until it is told to let go, and a second one that waits for it. */
async function contest() {
  const path = scratchPath();
  const clock = virtualClock();
  const began: string[] = [];
  let release = () => {};
  const first = locked(path, clock, () => {
    began.push('first');
    return new Promise<void>((resolve) => {
      release = resolve;
    });
  });
  await expect.poll(() => began).toEqual(['first']);
  const second = locked(path, clock, async () => void began.push('second'));
  await expect.poll(() => clock.pending).toBe(1);
  return { clock, began, first, second, release: () => release() };
}

/** Input of the kernel, which moves on in turns of the event loop. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

it.skipIf(process.platform !== 'linux')(
  'path lock: a holder that hangs is waited for 10 s of the clock, and no longer',
  async () => {
    const { clock, began, first, second, release } = await contest();
    await clock.run(9999);
    await turns();
    expect(began).toEqual(['first']);
    await clock.run(1);
    await second;
    expect([began, clock.pending]).toEqual([['first', 'second'], 0]);
    release();
    await first;
  },
);

it.skipIf(process.platform !== 'linux')('path lock: a stall of our own begins the wait anew', async () => {
  const { clock, began, first, second, release } = await contest();
  clock.stall(20_000);
  await turns();
  expect(began).toEqual(['first']);
  release();
  // The holder lets go; a connection that was refused meanwhile tries again 5 ms later.
  await first;
  await turns();
  await clock.run(5);
  await second;
  expect([began, clock.pending]).toEqual([['first', 'second'], 0]);
});
