/** What `redisSessions` takes; `test/servers` has the rest, with a server. */
import { Cluster } from 'ioredis';
import { createClientPool, createCluster } from 'redis';
import { describe, expect, test } from 'vitest';
import { redisSessions } from '../../src/sessions/redis/redis-sessions.ts';

describe('redisSessions', () => {
  test('a call before `begin` rejects', async () => {
    const port = { command: () => Promise.resolve(), dedicated: () => Promise.reject(new Error('none')) };
    await expect(redisSessions(port).leave('p1')).rejects.toThrow('before `begin`');
  });

  test('takes one client of one server', () => {
    const expected = 'a client of ioredis or node-redis for one server, or a `RedisPort`';
    const refused = (client: unknown) => () => redisSessions(client as never);
    const nodes = [{ host: '127.0.0.1', port: 6379 }];
    const cluster = new Cluster(nodes, { lazyConnect: true });
    expect(refused(cluster)).toThrow(`client: "a cluster" is not valid; expected ${expected}`);
    expect(refused(createCluster({ rootNodes: [{ url: 'redis://127.0.0.1' }] }))).toThrow('a cluster');
    expect(refused(createClientPool())).toThrow(expected);
    expect(refused({})).toThrow(`client: an object is not valid; expected ${expected}`);
    expect(refused('redis://127.0.0.1')).toThrow(expected);
    expect(refused(undefined)).toThrow(expected);
  });

  test('names options that nothing reads, and values of another type', () => {
    const port = { command: () => Promise.resolve(), dedicated: () => Promise.reject(new Error('none')) };
    const refused = (options: object) => () => redisSessions(port, options);
    expect(refused({ prefx: 'a' })).toThrow('did you mean `prefix`');
    expect(refused({ unsafe: 'yes' })).toThrow('unsafe: "yes" is not valid; expected a boolean');
    expect(refused({ timeout: '50ms' })).toThrow(
      'timeout: "50ms" is not valid; expected a duration of at least 100 ms',
    );
  });
});
