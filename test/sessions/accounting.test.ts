/** Every message once and in order, over real sockets that are cut, reset, frozen and held half-open. `npm run bench:sessions` is the same in large. */
import { expect, test } from 'vitest';
import { carriers, flawless, type Trial, trial } from '../support/session-account.ts';

test.concurrent.each(carriers)('exactly once and in order, both ways, over %s', async (carrier) => {
  const of: Trial = { carrier, seed: 1, sessions: 8, messages: 120, most: 6000 };
  const { relay, ...outcome } = await trial(of);
  expect(outcome).toEqual(flawless(of));
  // Each kind of fault has happened.
  for (const how of ['cut', 'reset', 'freeze', 'half-open'] as const) expect(relay[how]).toBeGreaterThan(0);
});
