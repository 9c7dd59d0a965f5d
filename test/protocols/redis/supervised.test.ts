/** The redis protocol under the default policy, in virtual time. */
import { describe, expect, test } from 'vitest';
import type { RedisMessage } from '../../../src/protocols/redis/messages.ts';
import { redis } from '../../../src/protocols/redis/redis.ts';
import { expectNothingLeft, type World, world } from '../../support/world.ts';
import { type MemoryRedis, serveRedis } from './memory-redis.ts';

const second = 1000;

function dialled(server: MemoryRedis = {}) {
  const here = world();
  serveRedis(here, server);
  const replies: RedisMessage[] = [];
  const connection = here.supervisor.connect({
    id: 'redis',
    url: 'memory://redis',
    protocol: redis(),
    onMessage: (message) => void replies.push(message),
  });
  return { ...here, here, connection, replies };
}

function exits({ events }: World): string[] {
  return events.flatMap((event) =>
    event.event === 'state' && event.to === 'closed' ? [event.reason ?? ''] : [],
  );
}

describe('redis under the default policy', () => {
  test('waits for a server that loads its data for 60 s, without counting a crash, and is alive when it has', async () => {
    const { here, clock, connection } = dialled({ loadedAt: 60 * second });
    await clock.run(59 * second);
    expect(connection.status).not.toBe('gave-up');
    expect(new Set(exits(here))).toEqual(new Set(['going-away']));
    expect(exits(here).length).toBeGreaterThan(5);
    expect(await clock.until(() => connection.state === 'alive', 40 * second)).toBe(true);
    expect(connection.agreed?.version).toBe('7.0.15');
    await expectNothingLeft(here);
  });

  test.each([30, 120])('is not suspicious of a server that works on BLPOP for %d s', async (seconds) => {
    const { here, clock, connection, replies } = dialled();
    await clock.run(second);
    void connection.send(['BLPOP', 'queue', seconds]);
    await clock.run((seconds + 20) * second);
    expect(replies).toMatchObject([{ kind: 'reply', value: null }]);
    expect(here.states()).toEqual(['>connecting', 'connecting>alive']);
    await expectNothingLeft(here);
  });

  test('condemns a server that freezes within BLPOP of 30 s after 40 s, also when commands are sent meanwhile', async () => {
    const { here, network, clock, connection } = dialled();
    await clock.run(second);
    void connection.send(['BLPOP', 'queue', 30]);
    await clock.run(50);
    network.host('redis').freeze();
    for (let at = 0; at < 39; at++) {
      void connection.send(['SET', 'a', at]);
      await clock.run(second);
    }
    expect(exits(here)).toEqual([]);
    await clock.run(3 * second);
    expect(exits(here)).toEqual(['heartbeat-timeout']);
    await expectNothingLeft(here);
  });

  test('is suspicious again after the reply to a blocking command', async () => {
    const { here, network, clock, connection } = dialled();
    await clock.run(second);
    void connection.send(['BLPOP', 'queue', 5]);
    await clock.run(6 * second);
    network.host('redis').freeze();
    await clock.run(21 * second);
    expect(exits(here)[0]).toBe('heartbeat-timeout');
    await expectNothingLeft(here);
  });

  test('matches replies when heartbeats go between large commands on a slow link', async () => {
    const { here, network, clock, connection, replies } = dialled();
    network.host('redis').bytesPerSecond = 200_000;
    await clock.run(second);
    const texts = Array.from({ length: 20 }, (_, at) => String(at).repeat(at % 3 === 0 ? 100_000 : 1));
    for (const text of texts) {
      void connection.send(['ECHO', text]);
      void connection.probe().catch(() => {});
      await clock.run(100);
    }
    await clock.run(60 * second);
    expect(replies.map((reply) => reply.kind === 'reply' && reply.value)).toEqual(texts);
    expect(exits(here)).toEqual([]);
    await expectNothingLeft(here);
  });
});
