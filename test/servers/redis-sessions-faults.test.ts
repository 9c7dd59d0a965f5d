/** The Redis store of sessions when replies are lost, and when the server stops, hangs or forgets. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { MemoryStore } from '../../src/sessions/memory-store.ts';
import type { Script } from '../../src/sessions/redis/script.ts';
import * as scripts from '../../src/sessions/redis/scripts.ts';
import type { SessionStore } from '../../src/sessions/store.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { at, bytes, opening, resuming } from '../sessions/store-contract.ts';
import { describeWith } from './support/installed.ts';
import { lossyRelayTo } from './support/lossy-relay.ts';
import { dial, durableRedis, libraries, type RedisWorld, redisWorld } from './support/redis-stores.ts';
import type { Server } from './support/server.ts';

/** A life of a session: every method, with the script that it runs. */
const life: readonly (readonly [Script, (store: SessionStore) => unknown])[] = [
  [scripts.open, (store) => store.open(opening())],
  [scripts.append, (store) => store.append(at(1), 1, [bytes(3, 1), bytes(4, 2), bytes(3, 3)])],
  [scripts.acknowledge, (store) => store.acknowledge(at(1), 1)],
  [scripts.claim, (store) => store.claim(at(1), 1, 4)],
  [scripts.record, (store) => store.record(at(1), 2)],
  [scripts.detach, (store) => store.detach(at(1))],
  [scripts.lapse, (store) => store.lapse(at(1))],
  [scripts.resume, (store) => store.resume(resuming({ have: 2 }))],
  [scripts.resume, (store) => store.resume(resuming({ process: 'p2', attempt: 3 }))],
  [scripts.renew, (store) => store.renew?.('p1', 0) ?? Promise.resolve()],
  [scripts.giveBack, (store) => store.giveBack(at(2))],
  [scripts.resume, (store) => store.resume(resuming({ process: 'p2', attempt: 3 }))],
  [scripts.leave, (store) => store.leave('p1')],
  [scripts.end, (store) => store.end(at(3, 'p2'))],
];

describeWith(['redis-server'], 'sessions in Redis', () => {
  let server: Server;
  beforeAll(async () => {
    server = await durableRedis();
  });

  /** A session that is kept, with three messages in each direction, of which the first is handled. */
  async function begun(world: RedisWorld): Promise<RedisWorld> {
    await world.store.open(opening());
    await world.store.append(at(1), 1, [bytes(3, 1), bytes(3, 2), bytes(3, 3)]);
    await world.store.acknowledge(at(1), 1);
    await world.store.claim(at(1), 1, 3);
    await world.store.record(at(1), 1);
    return world;
  }
  const kept = { kind: 'granted', sent: 3, acked: 1, frames: [bytes(3, 2), bytes(3, 3)], handled: 1 };

  describe.each(libraries)('by %s', (library) => {
    test('a call whose reply was lost is repeated, and has the answer it would have had', async () => {
      const relay = await lossyRelayTo(server.port);
      const direct = await dial(library, server.port);
      const { store, join } = await redisWorld(await dial(library, relay.port));
      await join('p2');
      const memory = new MemoryStore(2000);
      const clock = virtualClock();
      for (const process of ['p1', 'p2']) await memory.begin({ process, clock });
      for (const { source } of Object.values(scripts)) await direct.command('SCRIPT', 'LOAD', source);
      for (const [index, [script, call]] of life.entries()) {
        relay.loseReplyTo(new RegExp(script.digest));
        // ioredis sends again by itself what was under way.
        const answer = await Promise.resolve(call(store)).catch(() => call(store));
        const expected = await call(memory);
        expect(relay.lost).toBe(index + 1);
        // The session has ended by the call whose reply was lost.
        expect(answer, script.name).toEqual(script === scripts.end ? 'gone' : expected);
      }
    });

    test('a user with the permissions of docs/session-redis.md is enough', async () => {
      const admin = await dial(library, server.port);
      const page = readFileSync(new URL('../../docs/session-redis.md', import.meta.url), 'utf8');
      const needed = /^A user of the server needs `(.*?)` and `(.*?)`/m.exec(page)?.slice(1) ?? [];
      const words = needed.join(' ').replace('holdfast:', 'test').split(' ');
      await admin.command('ACL', 'SETUSER', 'limited', 'reset', 'on', '>secret', ...words);
      const { store, join } = await redisWorld(
        await dial(library, server.port, { username: 'limited', password: 'secret' }),
      );
      await join('p2');
      for (const [, call] of life.slice(0, -1)) await call(store);
      await store.claim(at(3, 'p2'), 3, 4);
      await store.transact(at(3, 'p2'), 3, () => undefined);
      expect(await store.end(at(3, 'p2'))).toBe('ok');
    });

    test('the server is killed and started again: what was confirmed is there, and calls go on', async () => {
      const own = await durableRedis();
      const { store } = await begun(await redisWorld(await dial(library, own.port)));
      await own.kill();
      await own.start();
      // A command that was under way ends with its connection.
      await store.renew('p1', 0).catch(() => {});
      expect(await store.resume(resuming())).toMatchObject({ ...kept, epoch: 2 });
      expect(await store.claim(at(2), 4, 5)).toBe('ok');
      expect(await store.append(at(2), 4, [bytes(3, 4)])).toBe('ok');
    });

    test('a server that hangs or is down is an error, and no session is lost', async () => {
      const own = await durableRedis();
      const { store } = await begun(await redisWorld(await dial(library, own.port), { timeout: 300 }));
      own.freeze();
      await expect(store.resume(resuming())).rejects.toThrow('Redis has not answered resume within 300 ms');
      await expect(store.append(at(1), 4, [bytes(3, 4)])).rejects.toThrow('append');
      own.thaw();
      // What had waited in the server was done, or is done now.
      expect(await store.resume(resuming())).toMatchObject({ kind: 'granted', epoch: 2, handled: 1 });
      await own.stop();
      await expect(store.resume(resuming({ attempt: 3 }))).rejects.toThrow();
      await own.start();
      // The client dials again after a pause of its own.
      const back = () => store.resume(resuming({ attempt: 4 }));
      expect(await vi.waitFor(back, { timeout: 20_000 })).toMatchObject({ kind: 'granted', handled: 1 });
    });

    test('FLUSHALL: the session is unknown, writes say `gone`, and others begin', async () => {
      const own = await durableRedis();
      const dialled = await dial(library, own.port);
      const { store } = await begun(await redisWorld(dialled));
      await dialled.command('FLUSHALL');
      expect(await store.append(at(1), 4, [bytes(3, 4)])).toBe('gone');
      expect(await store.claim(at(1), 4, 4)).toBe('gone');
      expect(await store.record(at(1), 2)).toBe('gone');
      expect(await store.resume(resuming())).toEqual({ kind: 'refused', reason: 'unknown-session' });
      expect(await store.renew('p1', 3)).toEqual({ moved: [], told: 3 });
      expect(await store.open(opening({ attempt: 2 }))).toMatchObject({ kind: 'granted', existed: false });
    });

    test('keys of yesterday: numbers that do not follow are a gap', async () => {
      const dialled = await dial(library, server.port);
      const { store, settings } = await begun(await redisWorld(dialled));
      const copy = (from: string, to: string) => dialled.command('EVAL', COPY, '0', from, to);
      await copy(settings.prefix, `yesterday:${settings.prefix}`);
      await store.append(at(1), 4, [bytes(3, 4), bytes(3, 5)]);
      await store.acknowledge(at(1), 5);
      await store.claim(at(1), 4, 6);
      await store.record(at(1), 5);
      await copy(`yesterday:${settings.prefix}`, settings.prefix);
      expect(await store.append(at(1), 6, [bytes(3, 6)])).toBe('gap');
      expect(await store.acknowledge(at(1), 5)).toBe('gap');
      expect(await store.claim(at(1), 7, 7)).toBe('gap');
      expect(await store.record(at(1), 6)).toBe('gap');
      expect(await store.resume(resuming())).toMatchObject(kept);
    });

    test('a log without its numbers, or numbers without their log, is no session', async () => {
      const dialled = await dial(library, server.port);
      const { store, settings } = await begun(await redisWorld(dialled, { unsafe: true }));
      await dialled.command('DEL', `${settings.prefix}{${resuming().session}}:log`);
      expect(await store.resume(resuming())).toEqual({ kind: 'refused', reason: 'unknown-session' });
      expect(await store.append(at(1), 4, [bytes(3, 4)])).toBe('gone');
      expect(await dialled.command('KEYS', `${settings.prefix}{*`)).toEqual([]);
    });
  });

  /** Copies all keys of a prefix to another, in place of what is there. */
  const COPY = `
for _, key in ipairs(redis.call('KEYS', ARGV[2] .. '*')) do redis.call('DEL', key) end
for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do
  redis.call('RESTORE', ARGV[2] .. string.sub(key, #ARGV[1] + 1), 0, redis.call('DUMP', key))
end`;
});
