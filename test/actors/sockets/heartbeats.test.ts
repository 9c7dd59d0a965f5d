/** Heartbeat modes over real TCP, with plain sockets at the other end. */
import { describe, expect, it } from 'vitest';
import { answers, chatter, mute, plainServer, visit } from '../../support/plain-peer.ts';
import { supervision } from '../../support/supervision.ts';

const anywhere = 'tcp://127.0.0.1:0';
const echo = (message: unknown, connection: { send(message: never): unknown }) => {
  connection.send(message as never);
};

describe('heartbeats: a dialling side that probes', () => {
  it('suspects a peer that falls silent, closes, and comes back', async () => {
    const { supervisor, events } = supervision({
      heartbeat: { interval: 300, suspectAfter: { min: 100, max: 100 }, condemnAfter: 250 },
    });
    const server = await plainServer(answers('ping', 'pong', 2));
    supervisor.connect({ url: server.url, protocol: 'raw' });
    const suspected = await events.saw({ to: 'suspect' });
    const condemned = await events.saw({ to: 'closing' });
    await (await server.peer(1)).closed();
    await events.saw({ to: 'alive', incarnation: 2 });
    expect(suspected).toMatchObject({ evidence: { probes: 1 } });
    expect(events.timeOf(condemned) - events.timeOf(suspected)).toBeGreaterThan(100);
    expect(events.states({ incarnation: 1 })).toEqual([
      '>connecting',
      'connecting>alive',
      'alive>suspect',
      'suspect>closing:heartbeat-timeout',
      'closing>closed:heartbeat-timeout',
    ]);
    expect(events.matching({ event: 'reconnect-scheduled', because: 'backoff' })).toHaveLength(1);
    await events.saw({ to: 'closed', reason: 'heartbeat-timeout', class: 'retryable', incarnation: 2 });
  });

  it('waits for the interval before it asks, and for the answer before it suspects', async () => {
    const { supervisor, events } = supervision({
      heartbeat: { interval: 300, suspectAfter: { min: 100, max: 100 }, condemnAfter: 0 },
    });
    const server = await plainServer(answers('ping', 'pong', 1));
    supervisor.connect({ url: server.url, protocol: 'raw' });
    const suspected = await events.saw({ to: 'suspect' });
    expect('evidence' in suspected && suspected.evidence?.silenceMs).toBeGreaterThanOrEqual(
      0.9 * 300 + 100 - 2,
    );
    await events.saw({ to: 'closed', reason: 'heartbeat-timeout' });
    expect((await server.peer()).text).toMatch(/^(ping){2,3}$/);
  });
});

describe('heartbeats: an accepting side', () => {
  it.each([
    ['raw', 'ping', 'pong'],
    ['line', 'PING\n', 'PONG\n'],
  ])('answers a probe at once in %s', async (protocol, ping, pong) => {
    const { supervisor } = supervision();
    const listener = await supervisor.listen({ url: anywhere, protocol, onMessage: echo });
    const client = await visit(listener.url);
    for (let n = 1; n <= 3; n++) {
      client.write(ping);
      await client.sawText(pong.repeat(n));
    }
    client.write(ping.slice(0, 2));
    client.write(ping.slice(2));
    await client.sawText(pong.repeat(4));
  });

  it('echoes lines in order, with the answers where the probes were', async () => {
    const { supervisor } = supervision();
    const listener = await supervisor.listen({ url: anywhere, protocol: 'line', onMessage: echo });
    const client = await visit(listener.url);
    client.write('one\nPING\ntwo\r\n\nPINGPONG\nPI');
    client.write('NG\n');
    await client.sawText('one\nPONG\ntwo\n\nPINGPONG\nPONG\n');
  });

  it('announces itself over framed, echoes frames, and leaves the peer’s heartbeats unanswered', async () => {
    const { supervisor } = supervision();
    const listener = await supervisor.listen({ url: anywhere, protocol: 'framed', onMessage: echo });
    const client = await visit(listener.url);
    const frames = '00020000000568656c6c6f' + '000200000000' + '0002000000020001';
    await client.until(() => client.bytes.toString('hex') === '0001');
    client.write(Buffer.from(`0001${frames}0001`, 'hex'));
    await client.until(() => client.bytes.toString('hex') === `0001${frames}`);
  });
});

describe.each(['raw', 'line'])('heartbeats: an accepting side that listens, in %s', (protocol) => {
  it.each([0, 200])(
    'condemns only a peer that is silent for two intervals and %i ms more',
    async (condemnAfter) => {
      const { supervisor, events } = supervision({ heartbeat: { interval: 150, condemnAfter } });
      const listener = await supervisor.listen({ url: anywhere, protocol });
      const busy = await visit(listener.url);
      chatter(busy, 'x', 20);
      await events.saw({ connection: 'accepted-1', to: 'alive' });

      for (const [index, word] of ['', 'hello\n'].entries()) {
        const silent = await visit(listener.url);
        const since = performance.now();
        if (word !== '') silent.write(word);
        await silent.closed();
        expect(performance.now() - since).toBeGreaterThan(2 * 150 + condemnAfter - 10);
        expect(silent.chunks).toEqual([]);
        const connection = `accepted-${index + 2}`;
        await events.saw({ connection, event: 'left', reason: 'heartbeat-timeout' });
        expect(events.states({ connection }).slice(-3)).toEqual([
          'alive>suspect',
          'suspect>closing:heartbeat-timeout',
          'closing>closed:heartbeat-timeout',
        ]);
      }

      expect(events.states({ connection: 'accepted-1' })).toEqual(['>connecting', 'connecting>alive']);
      expect(busy.chunks).toEqual([]);
    },
  );
});

describe('heartbeats: lines without answers', () => {
  const heartbeat = { interval: 100, reply: false, condemnAfter: 0 };

  it('are announced by the dialling side, which expects nothing', async () => {
    const { supervisor, events } = supervision({ heartbeat });
    const server = await plainServer(mute);
    supervisor.connect({ url: server.url, protocol: 'line' });
    await (await server.peer()).saw('PING\n', 5);
    expect(events.states()).toEqual(['>connecting', 'connecting>alive']);
    expect((await server.peer()).text).toMatch(/^(PING\n)+$/);
  });

  it('renew the window of the accepting side, which says nothing', async () => {
    const { supervisor, events } = supervision({ heartbeat: { ...heartbeat, interval: 150 } });
    const listener = await supervisor.listen({ url: anywhere, protocol: 'line' });
    const client = await visit(listener.url);
    chatter(client, 'PING\n', 30);
    const silent = await visit(listener.url);
    await silent.closed();
    expect(events.states({ connection: 'accepted-1' })).toEqual(['>connecting', 'connecting>alive']);
    expect([...client.chunks, ...silent.chunks]).toEqual([]);
  });
});
