/** Which servers the Redis store of sessions takes. */
import { describe, expect, test } from 'vitest';
import { createSupervisor, framed, silentLogger } from '../../src/index.ts';
import { session } from '../../src/session.ts';
import { redisSessions } from '../../src/sessions/redis/redis-sessions.ts';
import { systemClock } from '../../src/time/clock.ts';
import { freePort } from './support/folders.ts';
import { describeWith } from './support/installed.ts';
import { redisServer } from './support/redis-server.ts';
import { type Dialled, dial, durable, durableRedis, libraries } from './support/redis-stores.ts';

const begin = ({ client }: Dialled, unsafe = false) =>
  redisSessions(client, { unsafe, timeout: '500ms' }).begin({ process: 'p1', clock: systemClock });

const forgetful = [
  [['--appendonly', 'no'], 'appendonly: "no" is not valid; expected "yes"'],
  [['--appendfsync', 'everysec'], 'appendfsync: "everysec" is not valid; expected "always"'],
  [['--no-appendfsync-on-rewrite', 'yes'], 'no-appendfsync-on-rewrite: "yes" is not valid; expected "no"'],
  [
    ['--maxmemory-policy', 'allkeys-lru'],
    'maxmemory-policy: "allkeys-lru" is not valid; expected "noeviction"',
  ],
] as const;

describeWith(['redis-server'], 'a server for sessions', () => {
  test.each(forgetful)('with %j is refused by name, value and expectation', async (args, message) => {
    const dialled = await dial('ioredis', (await durableRedis(args)).port);
    await expect(begin(dialled)).rejects.toMatchObject({
      name: 'ConfigError',
      message: `${message}, or \`unsafe: true\`: the server may forget what it has confirmed`,
    });
    await begin(dialled, true);
  });

  test('that may forget is refused at the start: listen rejects, and binds nothing', async () => {
    const { client } = await dial('ioredis', (await redisServer()).port);
    const port = await freePort();
    const supervisor = createSupervisor({ logger: silentLogger });
    const listen = (unsafe: boolean) =>
      supervisor.listen({
        url: `tcp://127.0.0.1:${port}`,
        protocol: session(framed(), { store: redisSessions(client, { unsafe }), onSession: () => {} }),
      });
    try {
      await expect(listen(false)).rejects.toMatchObject({
        name: 'ConfigError',
        problems: [{ path: 'appendonly' }, { path: 'appendfsync' }],
      });
      expect([...supervisor.listeners]).toEqual([]);
      await listen(true);
    } finally {
      await supervisor.stop();
    }
  });

  describe.each(libraries)('by %s', (library) => {
    test('all that is wrong is told at once', async () => {
      const dialled = await dial(library, (await redisServer()).port);
      await expect(begin(dialled)).rejects.toMatchObject({
        problems: [{ path: 'appendonly' }, { path: 'appendfsync' }],
      });
    });

    test('that forbids CONFIG tells only half of it, and is taken by `unsafe` alone', async () => {
      const dialled = await dial(library, (await durableRedis()).port);
      await dialled.command('ACL', 'SETUSER', 'default', '-config');
      await expect(begin(dialled)).rejects.toMatchObject({
        problems: [
          { path: 'appendfsync', value: undefined, expected: expect.stringContaining('does not tell') },
          { path: 'no-appendfsync-on-rewrite', value: undefined },
        ],
      });
      await begin(dialled, true);
    });

    test('that forbids CONFIG and syncs nothing is refused for that', async () => {
      const dialled = await dial(
        library,
        (await redisServer({ args: ['--maxmemory-policy', 'allkeys-lru'] })).port,
      );
      await dialled.command('ACL', 'SETUSER', 'default', '-config');
      await expect(begin(dialled)).rejects.toThrow(
        /^appendonly: "no".*\nappendfsync: undefined.*\nmaxmemory-policy: "allkeys-lru"/s,
      );
    });

    test('of a cluster is refused, also by `unsafe`', async () => {
      const dialled = await dial(library, (await redisServer({ args: ['--cluster-enabled', 'yes'] })).port);
      await expect(begin(dialled, true)).rejects.toMatchObject({
        name: 'ConfigError',
        message: 'cluster-enabled: "yes" is not valid; expected no: scripts take keys of several slots',
      });
    });

    test('that writes nothing, as a replica, is an error that may pass', async () => {
      const main = await durableRedis();
      const replica = await durableRedis(['--replicaof', `127.0.0.1 ${main.port}`]);
      await expect(begin(await dial(library, replica.port))).rejects.toThrow(/READONLY|MASTERDOWN|LOADING/);
    });

    test('that has gone is an error that may pass', async () => {
      const server = await redisServer({ args: durable });
      const dialled = await dial(library, server.port);
      await server.stop();
      await expect(begin(dialled)).rejects.not.toMatchObject({ name: 'ConfigError' });
      await server.start();
      await begin(dialled).catch(() => begin(dialled));
    });
  });
});
