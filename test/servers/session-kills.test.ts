/** Server processes of sessions under SIGKILL and SIGSTOP, behind a relay that ends sockets: `npm run bench:sessions -- kills` in small. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RedisProcess, redisProcess } from '../support/redis-process.ts';
import { type KillTrial, killTrial } from '../support/session-kills.ts';
import { flaws } from '../support/session-verdicts.ts';
import { describeWith } from './support/installed.ts';

/** Processes start and leases run out in the time of the machine. */
const timeout = 240_000;

const small: KillTrial = {
  ...{ carrier: 'framed', seed: 1, transaction: false, onLost: 'report' },
  ...{ sessions: 8, messages: 60, most: 12_000, processes: 1, everyMs: 800, halts: 2 },
};

async function expectFlawless(of: KillTrial): Promise<void> {
  expect(flaws(of, await killTrial(of))).toEqual([]);
}

describe.concurrent('a server that keeps sessions in memory and is killed', () => {
  test('begins with no message twice, and each message in doubt is named, once', { timeout }, () =>
    expectFlawless({ ...small, messages: 100 }),
  );

  test('begins again with what the client resends, flagged alone', { timeout }, () =>
    expectFlawless({ ...small, messages: 100, onLost: 'resend', carrier: 'websocket' }),
  );
});

describeWith(['redis-server'], 'servers that keep sessions in Redis', () => {
  let redis: RedisProcess | undefined;
  beforeAll(async () => {
    redis = await redisProcess();
  });
  afterAll(() => redis?.stop());

  /** In order behind the others, as all of them share the server. */
  test('a Redis that answers nothing for 3 s costs no session, and nothing comes twice', {
    timeout,
  }, async () => {
    const freezes = redis?.pid ?? 0;
    await expectFlawless({ ...small, halts: 1, freezeMs: 3000, freezes, redis: redis?.port ?? 0 });
  });

  test.concurrent.each<[string, Partial<KillTrial>]>([
    ['one that is killed repeats what it had claimed and not recorded, and flags it', {}],
    [
      'one that is killed has each effect once, in the transaction of the store',
      { transaction: true, messages: 30, carrier: 'websocket' },
    ],
    [
      'two of which one is killed never handle messages of a session at the same time',
      { processes: 2, messages: 14, slow: { every: 9, ms: 2500 } },
    ],
    [
      'two of which one is frozen for 5 s: it begins nothing after its lease',
      {
        processes: 2,
        sessions: 8,
        messages: 16,
        slow: { every: 9, ms: 1500 },
        everyMs: 1000,
        freezeMs: 5000,
      },
    ],
  ])('%s', { timeout }, (_, more) => expectFlawless({ ...small, ...more, redis: redis?.port ?? 0 }));
});
