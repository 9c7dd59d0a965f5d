/** How long sessions and processes live in Redis: limits, lapses, leases, processes that die. */
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Granted } from '../../src/sessions/store.ts';
import { at, bytes, opening, resuming } from '../sessions/store-contract.ts';
import { describeWith } from './support/installed.ts';
import { type Program, startProgram } from './support/program.ts';
import { type Dialled, dial, durableRedis, type RedisWorld, redisWorld } from './support/redis-stores.ts';
import type { Server } from './support/server.ts';

const LEASE = 2000;
const ORPHAN = 60_000;
const id = (letter: string) => letter.repeat(32);

describeWith(['redis-server'], 'lives of sessions in Redis', () => {
  let server: Server;
  let dialled: Dialled;
  beforeAll(async () => {
    server = await durableRedis();
  });

  async function world(): Promise<RedisWorld> {
    dialled = await dial('ioredis', server.port);
    return redisWorld(dialled);
  }

  describe('limits', () => {
    const limited = (session: string, identity: string, total: number, perIdentity: number) =>
      opening({ session: id(session), instance: session, identity, maxSessions: { total, perIdentity } });

    test.each([
      ['in all', 1, 9],
      ['of one identity', 9, 1],
    ])(
      '%s: a session that has lapsed does not count, without a look at each',
      async (_, total, perIdentity) => {
        const { store, pass } = await world();
        await store.open(limited('5', 'ann', total, perIdentity));
        await store.acknowledge(at(1), 0);
        await store.detach(at(1));
        await pass(9000);
        expect(await store.open(limited('6', 'ann', total, perIdentity))).toMatchObject({
          reason: 'unavailable',
        });
        await pass(2000);
        expect(await store.open(limited('6', 'ann', total, perIdentity))).toMatchObject({ kind: 'granted' });
        expect(await store.resume(resuming())).toMatchObject({ reason: 'unknown-session' });
      },
    );

    test('the empty identity has no limit of its own', async () => {
      const { store } = await world();
      for (const session of ['5', '6', '7'])
        expect(await store.open(limited(session, '', 3, 1))).toMatchObject({ kind: 'granted' });
      expect(await store.open(limited('8', '', 3, 1))).toMatchObject({ reason: 'unavailable' });
    });

    test('a thousand openings at once keep to it', async () => {
      const { store } = await world();
      const opened = await Promise.all(
        Array.from({ length: 1000 }, (_, index) => {
          const session = String(index).padStart(32, '0');
          return store.open(
            opening({ session, instance: session, maxSessions: { total: 400, perIdentity: 300 } }),
          );
        }),
      );
      expect(opened.filter(({ kind }) => kind === 'granted')).toHaveLength(300);
    });
  });

  test('what is ended or has lapsed leaves no key', async () => {
    const { store, pass, settings } = await world();
    const keys = async () => ((await dialled.command('KEYS', `${settings.prefix}*`)) as string[]).toSorted();
    const before = await keys();
    for (const [index, leave] of [
      () => store.end(at(1)),
      () =>
        store
          .detach(at(1))
          .then(() => pass(11_000))
          .then(() => store.lapse(at(1))),
      () =>
        store
          .detach(at(1))
          .then(() => pass(11_000))
          .then(() => store.renew('p1', 0)),
    ].entries()) {
      await store.open(opening({ attempt: index + 1 }));
      await store.append(at(1), 1, [bytes(3, 1)]);
      await store.acknowledge(at(1), 0);
      await store.claim(at(1), 1, 1);
      expect((await keys()).length).toBeGreaterThan(before.length + 4);
      await leave();
      expect(await keys()).toEqual(before);
    }
    await store.leave('p1');
    expect(await keys()).toEqual([]);
  });

  describe('a process that is silent', () => {
    async function silent() {
      const made = await world();
      await made.join('p2');
      await made.store.open(opening());
      await made.store.acknowledge(at(1), 0);
      return made;
    }

    test('for less than a minute keeps its sessions attached, whatever their keepFor', async () => {
      const { store, pass } = await silent();
      await pass(LEASE + ORPHAN - 1000);
      await store.renew('p2', 0);
      await store.renew('p1', 0);
      await pass(LEASE + ORPHAN - 1000);
      expect(await store.append(at(1), 1, [bytes(3)])).toBe('ok');
    });

    test('for a minute has its sessions detached: their keepFor decides, at the resume itself', async () => {
      const { store, pass } = await silent();
      await pass(LEASE + ORPHAN + 9000);
      expect(await store.resume(resuming({ process: 'p2' }))).toMatchObject({ kind: 'granted', epoch: 2 });
      await pass(LEASE + ORPHAN + 11_000);
      expect(await store.resume(resuming({ process: 'p1', attempt: 3 }))).toMatchObject({
        reason: 'unknown-session',
      });
    });

    test('and comes back before they lapse has them attached again', async () => {
      const { store, pass } = await silent();
      await pass(LEASE + ORPHAN + 9000);
      await store.renew('p2', 0);
      await store.renew('p1', 0);
      await pass(LEASE + ORPHAN + 9000);
      expect(await store.resume(resuming())).toMatchObject({ kind: 'granted', epoch: 2 });
    });

    test('for good is forgotten by the renewals of others, with sessions and keys', async () => {
      const { store, pass, settings } = await silent();
      await store.open(opening({ session: id('6'), instance: 'b' }));
      await pass(3_600_000);
      await pass(LEASE + 11_000);
      await store.renew('p2', 0);
      const keys = (await dialled.command('KEYS', `${settings.prefix}*`)) as string[];
      expect(keys.toSorted()).toEqual([`${settings.prefix}leases`]);
      expect(await dialled.command('ZRANGE', `${settings.prefix}leases`, '0', '-1')).toEqual(['p2']);
      expect(await store.append(at(1), 1, [bytes(3)])).toBe('gone');
    });

    test('and has left: a call of it that arrives later leaves nothing in the end', async () => {
      const { store, pass, settings } = await silent();
      await store.leave('p1');
      await store.open(opening({ session: id('6'), instance: 'b' }));
      await store.resume(resuming());
      await store.acknowledge(at(2), 0);
      expect(await store.renew('p2', 0)).toEqual({ moved: [], told: 0 });
      await pass(3_700_000);
      await store.renew('p2', 0);
      expect(await dialled.command('KEYS', `${settings.prefix}*`)).toEqual([`${settings.prefix}leases`]);
    });

    test('a hundred dead processes are forgotten by and by', async () => {
      const { store, pass, join, settings } = await silent();
      for (let index = 0; index < 100; index++) await join(`dead${index}`);
      await pass(3_700_000);
      const left = async () => {
        await store.renew('p2', 0);
        return await dialled.command('ZCARD', `${settings.prefix}leases`);
      };
      await expect.poll(left, { timeout: 20_000 }).toBe(1);
    });
  });

  test('a process that leaves with two thousand sessions detaches all', async () => {
    const { store, join, pass } = await world();
    await join('p2');
    const ids = Array.from({ length: 2000 }, (_, index) => String(index).padStart(32, '0'));
    const placeOf = (session: string) => ({ session, epoch: 1, process: 'p1' });
    await Promise.all(
      ids.map(async (session) => {
        await store.open(
          opening({ session, instance: session, maxSessions: { total: 1e9, perIdentity: 1e9 } }),
        );
        await store.acknowledge(placeOf(session), 0);
        await store.claim(placeOf(session), 1, 2);
      }),
    );
    await store.leave('p1');
    const resumed = await Promise.all(
      ids
        .slice(0, 1000)
        .map((session) => store.resume(resuming({ session, instance: session, process: 'p2' }))),
    );
    expect(resumed.filter((each) => each.kind === 'granted' && each.doubtful === 0)).toHaveLength(1000);
    await pass(11_000);
    for (let renewals = 0; renewals < 10; renewals++) await store.renew('p2', 0);
    expect(await store.resume(resuming({ session: ids[1999] ?? '', instance: 'z' }))).toMatchObject({
      reason: 'unknown-session',
    });
  });

  describe('two processes', () => {
    async function holder(): Promise<{ program: Program; made: RedisWorld }> {
      const made = await world();
      await made.join('p2');
      const script = fileURLToPath(new URL('./support/session-holder.ts', import.meta.url));
      const program = await startProgram({
        command: process.execPath,
        args: ['--import', 'tsx', script, String(server.port), made.settings.prefix],
        ready: /holding/,
      });
      return { program, made };
    }
    const second = resuming({ process: 'p2' });

    /** Asks again until it is granted. */
    async function taken({ store }: RedisWorld): Promise<Granted> {
      for (;;) {
        const answer = await store.resume(second);
        if (answer.kind === 'granted') return answer;
        expect(answer).toEqual({ kind: 'waiting', session: second.session, epoch: 2 });
      }
    }

    test('the old one hears of it, records what it is handling, and gives back the rest', async () => {
      const { program, made } = await holder();
      expect(await made.store.resume(second)).toMatchObject({ kind: 'waiting' });
      expect(await taken(made)).toMatchObject({ epoch: 2, handled: 2, doubtful: 0 });
      await expect
        .poll(() => program.log())
        .toContain('moved to epoch 2, recorded: moved, given back: moved');
    });

    test('the old one is killed: its lease is waited for, and what it had claimed comes again', async () => {
      const { program, made } = await holder();
      await program.kill();
      expect(await made.store.resume(second)).toMatchObject({ kind: 'waiting' });
      expect(await taken(made)).toMatchObject({ epoch: 2, handled: 1, doubtful: 3 });
    });

    test('the old one is frozen, and thawed after its lease: it can record nothing any more', async () => {
      const { program, made } = await holder();
      program.freeze();
      expect(await taken(made)).toMatchObject({ epoch: 2, handled: 1, doubtful: 3 });
      program.thaw();
      await expect
        .poll(() => program.log(), { timeout: 10_000 })
        .toContain('moved to epoch 2, recorded: gap, given back: moved');
      expect(await made.store.resume(second)).toMatchObject({ epoch: 2, handled: 1 });
    });
  });
});
