/** No message is lost or doubled while a connection is hedged: smaller numbers than those of `npm run bench:hedge`. */
import { expect, test } from 'vitest';
import { refutationsAccount, stallsAccount } from '../../../support/hedge-account.ts';

test('hedge: stalls of our own process beside a healthy server lose and double nothing', async () => {
  const { sent, chosen, failed, open, ...account } = await stallsAccount(60, 1);
  expect(account).toMatchObject({ lost: 0, twice: 0 });
  expect([sent > 500, chosen, failed, open]).toEqual([true, 0, 0, 1]);
});

test('hedge: suspicions that are refuted while the standby dials lose and double nothing, and keep the socket', async () => {
  const { sent, ...account } = await refutationsAccount(20, 2);
  expect(sent).toBeGreaterThan(500);
  expect(account).toEqual({
    lost: 0,
    twice: 0,
    suspicions: 20,
    dialled: 20,
    chosen: 0,
    dropped: 20,
    failed: 0,
    open: 1,
  });
});
