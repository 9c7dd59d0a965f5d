/** What a handler does in Redis and the record of its message: together, or not at all. */
import type { ChainableCommander } from 'ioredis';
import type { createClient } from 'redis';
import { beforeAll, describe, expect, test } from 'vitest';
import { at, bytes, opening, resuming } from '../sessions/store-contract.ts';
import { describeWith } from './support/installed.ts';
import { lossyRelayTo } from './support/lossy-relay.ts';
import {
  type Dialled,
  dial,
  durableRedis,
  type Library,
  libraries,
  type RedisWorld,
  redisWorld,
} from './support/redis-stores.ts';
import type { Server } from './support/server.ts';

type Multi = ReturnType<ReturnType<typeof createClient>['multi']>;
const EXEC = /\r\nexec\r\n/i;

describeWith(['redis-server'], 'transactions of sessions in Redis', () => {
  let server: Server;
  beforeAll(async () => {
    server = await durableRedis();
  });

  describe.each(libraries)('by %s', (library) => {
    /** A session with three messages claimed, and a counter of effects. */
    async function world(dialled: Dialled, more: object = {}) {
      const made: RedisWorld = await redisWorld(dialled, more);
      await made.join('p2');
      await made.store.open(opening());
      await made.store.acknowledge(at(1), 0);
      await made.store.claim(at(1), 1, 3);
      const key = `${made.settings.prefix}effects`;
      const effects = async () => Number(await dialled.command('GET', key));
      const incr = incrementBy(library, key);
      return { ...made, key, effects, incr };
    }
    const direct = () => dial(library, server.port);
    const handled = async ({ store }: RedisWorld) =>
      ((await store.resume(resuming({ process: 'p1', attempt: 9 }))) as { handled: number }).handled;

    test('both are there, message by message', async () => {
      const { store, effects, incr, ...rest } = await world(await direct());
      await store.transact(at(1), 1, incr);
      await store.transact(at(1), 2, incr);
      expect(await effects()).toBe(2);
      expect(await handled({ store, ...rest })).toBe(2);
    });

    test('a callback that rejects leaves neither, and the next one works', async () => {
      const { store, effects, incr } = await world(await direct());
      const failing = async (transaction: unknown) => {
        incr(transaction);
        await Promise.reject(new Error('no'));
      };
      await expect(store.transact(at(1), 1, failing)).rejects.toThrow('no');
      expect(await effects()).toBe(0);
      await store.transact(at(1), 1, incr);
      expect(await effects()).toBe(1);
    });

    test('a message that is not claimed, or was recorded, or comes too soon, is `replaced`', async () => {
      const { store, effects, incr } = await world(await direct());
      await store.record(at(1), 1);
      for (const [place, number] of [
        [at(1), 1],
        [at(1), 3],
        [at(1), 4],
        [at(1, 'p2'), 2],
      ] as const)
        await expect(store.transact(place, number, incr)).rejects.toMatchObject({ code: 'replaced' });
      expect(await effects()).toBe(0);
    });

    test('a claim that is lost while the callback runs leaves neither', async () => {
      const { store, effects, incr, pass } = await world(await direct());
      const slow = async (transaction: unknown) => {
        incr(transaction);
        await pass(2100);
        await store.renew('p2', 0);
        expect(await store.resume(resuming({ process: 'p2' }))).toMatchObject({
          kind: 'granted',
          doubtful: 3,
        });
      };
      await expect(store.transact(at(1), 1, slow)).rejects.toMatchObject({ code: 'replaced' });
      expect(await effects()).toBe(0);
      expect(await store.resume(resuming({ process: 'p2', attempt: 3 }))).toMatchObject({ handled: 0 });
    });

    test('other writes of the session meanwhile do not disturb it', async () => {
      const { store, effects, incr } = await world(await direct());
      await store.transact(at(1), 1, async (transaction) => {
        incr(transaction);
        await store.append(at(1), 1, [bytes(3, 65)]);
        await store.acknowledge(at(1), 1);
        await store.claim(at(1), 4, 6);
        await store.record(at(1), 0);
        await store.detach(at(1));
        expect(await store.resume(resuming())).toMatchObject({ kind: 'granted', epoch: 2 });
      });
      expect(await effects()).toBe(1);
      expect(await store.record(at(2), 6)).toBe('ok');
    });

    test('a command that fails as it runs is an error, and the message is recorded: Redis undoes nothing', async () => {
      const { store, effects, incr, key, ...rest } = await world(await direct());
      const wrong = (transaction: unknown) => {
        incr(transaction);
        pushTo(library, key)(transaction);
      };
      await expect(store.transact(at(1), 1, wrong)).rejects.toThrow('WRONGTYPE');
      expect(await effects()).toBe(1);
      expect(await handled({ store, ...rest })).toBe(1);
    });

    test('a command that the server does not know leaves neither', async () => {
      const { store, effects, incr } = await world(await direct());
      const wrong = (transaction: unknown) => {
        incr(transaction);
        unknownTo(library)(transaction);
      };
      await expect(store.transact(at(1), 1, wrong)).rejects.toThrow(/EXECABORT|unknown command/);
      expect(await effects()).toBe(0);
      await store.transact(at(1), 1, incr);
      expect(await effects()).toBe(1);
    });

    test('the callback may not run the transaction itself', async () => {
      const { store, effects, incr } = await world(await direct());
      const runs = async (transaction: unknown) => {
        incr(transaction);
        await (transaction as { exec(): Promise<unknown> }).exec();
      };
      await expect(store.transact(at(1), 1, runs)).rejects.toThrow('the store runs the transaction');
      expect(await effects()).toBe(0);
    });

    test('the reply to EXEC is lost: it is found that both are there', async () => {
      const relay = await lossyRelayTo(server.port);
      const { store, effects, incr, ...rest } = await world(await dial(library, relay.port));
      relay.loseReplyTo(EXEC);
      await store.transact(at(1), 1, incr);
      expect(relay.lost).toBe(1);
      expect(await effects()).toBe(1);
      expect(await handled({ store, ...rest })).toBe(1);
    });

    test('EXEC itself is lost: neither is there', async () => {
      const relay = await lossyRelayTo(server.port);
      const { store, effects, incr } = await world(await dial(library, relay.port));
      relay.loseRequest(EXEC);
      await expect(store.transact(at(1), 1, incr)).rejects.toThrow();
      expect(await effects()).toBe(0);
      await store.transact(at(1), 1, incr);
      expect(await effects()).toBe(1);
    });

    test('EXEC that reaches the server after it was given up is not run any more', async () => {
      const relay = await lossyRelayTo(server.port);
      const { store, effects, incr } = await world(await dial(library, relay.port), { timeout: 300 });
      const arrive = relay.keepRequest(EXEC);
      await expect(store.transact(at(1), 1, incr)).rejects.toThrow('EXEC');
      expect(await arrive()).toMatch(/\r\n(\*-1|_|\$-1)\r\n$/);
      expect(await effects()).toBe(0);
      await store.transact(at(1), 1, incr);
      expect(await effects()).toBe(1);
    });

    test('the prefix of the client is before its own keys, and before those of the store', async () => {
      const dialled = await dial(library, server.port, { keyPrefix: 'app:' });
      const { store, incr, key, settings } = await world(dialled);
      await store.transact(at(1), 1, incr);
      const plain = await direct();
      expect(await plain.command('GET', `app:${key}`)).toBe('1');
      expect(await plain.command('EXISTS', `app:${settings.prefix}{${opening().session}}`)).toBe(1);
      expect(await store.resume(resuming())).toMatchObject({ handled: 1 });
    });

    test('fifty at a time take turns on eight connections, which end with the process', async () => {
      const dialled = await direct();
      const { store, effects, incr } = await redisWorld(dialled).then(async (made) => {
        const key = `${made.settings.prefix}effects`;
        return { ...made, effects: () => dialled.command('GET', key), incr: incrementBy(library, key) };
      });
      const count = async () =>
        Number(/connected_clients:(\d+)/.exec(String(await dialled.command('INFO')))?.[1]);
      const before = await count();
      const ids = Array.from({ length: 50 }, (_, index) => String(index).padStart(32, '0'));
      const placeOf = (session: string) => ({ session, epoch: 1, process: 'p1' });
      for (const session of ids) {
        await store.open(
          opening({ session, instance: session, maxSessions: { total: 100, perIdentity: 100 } }),
        );
        await store.claim(placeOf(session), 1, 1);
      }
      await Promise.all(ids.map((session) => store.transact(placeOf(session), 1, incr)));
      expect(await effects()).toBe('50');
      expect(await count()).toBe(before + 8);
      await store.leave('p1');
      await expect.poll(count, { timeout: 10_000 }).toBe(before);
    });
  });
});

const incrementBy = (library: Library, key: string) => (transaction: unknown) =>
  library === 'ioredis' ? (transaction as ChainableCommander).incr(key) : (transaction as Multi).incr(key);
const pushTo = (library: Library, key: string) => (transaction: unknown) =>
  library === 'ioredis'
    ? (transaction as ChainableCommander).rpush(key, 'x')
    : (transaction as Multi).rPush(key, 'x');
const unknownTo = (library: Library) => (transaction: unknown) =>
  library === 'ioredis'
    ? (transaction as ChainableCommander).call('NONSENSE')
    : (transaction as Multi).addCommand(['NONSENSE']);
