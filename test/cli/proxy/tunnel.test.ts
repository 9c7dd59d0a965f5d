import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { FakeIo } from '../fake-io.ts';
import { all, client, loopback, proxying, some, started, upstreamOn } from './proxying.ts';
import { flood, hashOf, kind, policyOf, quickly, tunnel } from './tunnels.ts';
import { dialled, messages, webSockets } from './websockets.ts';

const isEnd = ({ event, to }: Record<string, unknown>) => event === 'session' && to === 'ended';

describe('holdfast proxy --session', () => {
  test.each(['ws', 'tcp'] as const)(
    'over %s passes bytes both ways, and either end alone',
    async (scheme) => {
      const upstream = await upstreamOn();
      const { near, far } = await tunnel(upstream, kind, { scheme });
      const here = client(near.port);
      here.end('question');
      const there = await upstream.accepted();
      expect(String(await all(there))).toBe('question');
      there.end('answer');
      expect(String(await all(here))).toBe('answer');
      for (const { io } of [near, far]) {
        expect(await io.line(({ event }) => event === 'relayed')).toMatchObject({
          outcome: 'ended',
          up: 8,
          down: 6,
        });
      }
      await Promise.all([near, far].map(({ io }) => io.line(isEnd)));
    },
  );

  test('loses, repeats and reorders no byte over a relay that cuts', async () => {
    const upstream = await upstreamOn();
    // A burst of five resumes is free; then a session may be resumed once a second.
    const { near, relay } = await tunnel(upstream, (socket) =>
      socket < 5
        ? {
            way: socket % 2 === 0 ? 'up' : 'down',
            after: 300_000 + 77_777 * socket,
            how: socket % 3 === 0 ? 'reset' : 'cut',
          }
        : undefined,
    );
    const here = client(near.port);
    const sent = flood(here, 4_000_000);
    const there = await upstream.accepted();
    const answered = flood(there, 4_000_001);
    const [up, down] = await Promise.all([hashOf(there), hashOf(here)]);
    expect([up, down]).toEqual([await sent, await answered]);
    expect(relay.counts.cut + relay.counts.reset).toBe(5);
  });

  test('a client that breaks off is a reset at the other end, and the reverse', async () => {
    const upstream = await upstreamOn();
    const { near, far } = await tunnel(upstream, kind);
    const here = client(near.port);
    here.write('x');
    const there = await upstream.accepted();
    await some(there, 1);
    here.resetAndDestroy();
    expect((await once(there, 'error'))[0].code).toBe('ECONNRESET');

    const next = client(near.port);
    const server = await upstream.accepted();
    server.write('y');
    await some(next, 1);
    server.resetAndDestroy();
    expect((await once(next, 'error'))[0].code).toBe('ECONNRESET');
    for (const { io } of [near, far]) {
      await io.line(({ client: id, event }) => event === 'relayed' && /-2$/.test(String(id)));
    }
    expect(upstream.open).toBe(0);
  });

  test('an answer that finds its client gone ends the other end', async () => {
    const upstream = await upstreamOn();
    const { near, far } = await tunnel(upstream, kind);
    const here = client(near.port);
    here.end('all');
    const there = await upstream.accepted();
    expect(String(await all(there))).toBe('all');
    here.resetAndDestroy();
    await once(here, 'close');
    there.write('answer');
    expect(await far.io.line(({ event }) => event === 'relayed')).toMatchObject({ outcome: 'client-lost' });
  });

  test('a session that has expired is a reset, and what waits reaches no new stream', async () => {
    const upstream = await upstreamOn();
    const late = ['--keep-for', '50ms'];
    const { near, far } = await tunnel(
      upstream,
      (socket) => (socket === 0 ? { way: 'down', after: 2000, how: 'cut' } : undefined),
      { far: late, near: policyOf(300) },
    );
    const here = client(near.port);
    here.write('a');
    const there = await upstream.accepted();
    await some(there, 1);
    there.write(Buffer.alloc(3000, 'z'));
    await near.io.line(({ event, to }) => event === 'session' && to === 'detached');
    here.write('b');
    expect((await once(there, 'error'))[0].code).toBe('ECONNRESET');
    expect((await once(here, 'error'))[0].code).toBe('ECONNRESET');
    expect(await near.io.line(({ event }) => event === 'relayed')).toMatchObject({
      outcome: 'upstream-lost',
    });
    expect(far.io.lines.filter(({ event }) => event === 'relayed')).toHaveLength(1);
    expect(upstream.open).toBe(0);
  });

  test.each(['ws', 'tcp'] as const)('over %s a token keeps others out', async (scheme) => {
    const upstream = await upstreamOn();
    const far = new FakeIo();
    far.env.TUNNEL = 'secret';
    const url = `${scheme}://127.0.0.1:0`;
    const listening = await started(
      far,
      url,
      upstream.url,
      '--session=listen',
      '--listen-token-env',
      'TUNNEL',
    );
    const dialling = `${scheme}://127.0.0.1:${listening.port}`;

    const wrong = await proxying(loopback, dialling, '--session=upstream');
    expect((await once(client(wrong.port), 'error'))[0].code).toBe('ECONNRESET');
    expect(await wrong.io.line(({ event }) => event === 'gave-up')).toMatchObject({ reason: 'unauthorized' });

    const near = new FakeIo();
    near.env.MINE = 'secret';
    const right = await started(near, loopback, dialling, '--session=upstream', '--token-env', 'MINE');
    client(right.port).end('in');
    expect(String(await all(await upstream.accepted()))).toBe('in');
  });

  test('carries the messages of WebSockets as they are', async () => {
    const { url, accepted } = await webSockets();
    const far = await proxying('tcp://127.0.0.1:0', url, '--session=listen', ...quickly);
    const near = await proxying('ws://127.0.0.1:0/', `tcp://127.0.0.1:${far.port}`, '--session=upstream');
    const here = await dialled(near.port);
    const there = await accepted;
    const got = messages(there, 2);
    here.send('a\nb');
    here.send(Buffer.of(0, 1));
    expect(await got).toEqual(['a\nb', Buffer.of(0, 1)]);
    const closed = once(here, 'close');
    there.close(1000);
    expect((await closed)[0]).toBe(1000);
  });
});
