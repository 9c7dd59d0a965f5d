/** Receipts that a protocol acknowledges, and silences that a message permits. */
import { describe, expect, test } from 'vitest';
import type { Signal, Signals } from '../../../src/actors/supervisor/signals.ts';
import { expectNothingLeft, world } from '../../support/world.ts';
import { answering, lazyLineWith, lineWith, recordedFeed } from './support.ts';

const url = 'memory://feed';
const isAck = (frame: unknown) => typeof frame === 'string' && frame.startsWith('ACK ');

describe('acknowledges: receipts of a protocol with acknowledgements', () => {
  const protocol = lazyLineWith({
    acknowledges: (frame) => (isAck(frame) ? String(frame).slice(4).split(' ').map(Number) : undefined),
    isInternal: isAck,
  });

  /** A connection that is alive after 50 ms, and the peer's end of it. */
  async function connected(options: Parameters<typeof world>[0] = {}) {
    const here = world(options);
    const { peers } = recordedFeed(here, answering);
    const delivered: string[] = [];
    const connection = here.supervisor.connect({ url, protocol, onMessage: (text) => delivered.push(text) });
    await here.clock.run(50);
    return { here, peers, connection, delivered };
  }

  test('are confirmed by number, in any order, and not by heartbeats', async () => {
    const { here, peers, connection, delivered } = await connected({ heartbeat: { interval: 500 } });
    void connection.send('a');
    void connection.send('b');
    const [first, second] = [connection.send('c'), connection.send('d')];
    await here.clock.run(2000);
    const known: string[] = [];
    void (await first).confirmed.then((outcome) => known.push(`c ${outcome}`));
    void (await second).confirmed.then((outcome) => known.push(`d ${outcome}`));
    await here.clock.run(2000);
    expect(known).toEqual([]);
    peers[0]?.write('ACK 4\n');
    await here.clock.run(10);
    expect(known).toEqual(['d confirmed']);
    peers[0]?.write('ACK 1 2 3\n');
    await here.clock.run(10);
    expect(known).toEqual(['d confirmed', 'c confirmed']);
    expect(delivered).toEqual([]);
    await expectNothingLeft(here);
  });

  test('are confirmed when their promise is read after thousands of later acknowledgements', async () => {
    const options = { heartbeat: { interval: '1h' }, outbox: { messages: 10_000 } } as const;
    const { here, peers, connection } = await connected(options);
    const first = connection.send('a');
    for (let n = 0; n < 6000; n++) void connection.send('b');
    await here.clock.run(500);
    for (let n = 1; n <= 6001; n += 1000)
      peers[0]?.write(`ACK ${Array.from({ length: 1000 }, (_, at) => n + at).join(' ')}\n`);
    await here.clock.run(100);
    const known: string[] = [];
    void (await first).confirmed.then((outcome) => known.push(outcome));
    await here.clock.run(10);
    expect(known).toEqual(['confirmed']);
    await expectNothingLeft(here);
  });

  test('are not confirmed by numbers that no message has', async () => {
    const { here, peers, connection } = await connected();
    const sent = connection.send('a');
    await here.clock.run(10);
    const known: string[] = [];
    void (await sent).confirmed.then((outcome) => known.push(outcome));
    peers[0]?.write('ACK 0 -1 NaN 1.5 Infinity 2\n');
    await here.clock.run(10);
    expect(known).toEqual([]);
    peers[0]?.write('ACK 1\nACK 1\n');
    await here.clock.run(10);
    expect(known).toEqual(['confirmed']);
    await expectNothingLeft(here);
  });

  test('stay unconfirmed when the incarnation ends before the acknowledgement', async () => {
    const { here, peers, connection } = await connected();
    const sent = connection.send('a');
    await here.clock.run(10);
    const { confirmed } = await sent;
    peers[0]?.reset();
    await here.clock.run(10);
    await expect(confirmed).resolves.toBe('written-unconfirmed');
    await expectNothingLeft(here);
  });
});

describe('silence: a peer that works on a message for 30 s', () => {
  const fast = {
    heartbeat: { interval: 1000, suspectAfter: { min: 100, max: 300 }, condemnAfter: 1000 },
  } as const;
  /** Answers nothing from `BLOCK` on. */
  const blocking = () => {
    let blocked = false;
    return (text: string, peer: Parameters<typeof answering>[1]) => {
      blocked ||= text.includes('BLOCK');
      if (!blocked) answering(text, peer);
    };
  };

  test('is not suspected within send(…, { silence: "35s" }), and condemned when that has passed', async () => {
    const here = world(fast);
    recordedFeed(here, blocking());
    const connection = here.supervisor.connect({ url, protocol: lineWith({}) });
    await here.clock.run(100);
    void connection.send('BLOCK', { silence: '35s' });
    await here.clock.run(34_900);
    expect(connection).toMatchObject({ state: 'alive', incarnation: 1 });
    await here.clock.run(1600);
    expect(here.states()).toContain('closing>closed:heartbeat-timeout');
    await expectNothingLeft(here);
  });

  test('is watched again as usual once it has answered with a message', async () => {
    const here = world(fast);
    const { peers } = recordedFeed(here, blocking());
    const connection = here.supervisor.connect({ url, protocol: lineWith({}) });
    await here.clock.run(100);
    void connection.send('BLOCK', { silence: '35s' });
    await here.clock.run(5000);
    peers[0]?.write('done\n');
    await here.clock.run(3000);
    expect(here.states()).toContain('closing>closed:heartbeat-timeout');
    await expectNothingLeft(here);
  });

  test('may be as long as the protocol says by patience, whatever the user says', async () => {
    const here = world(fast);
    const { peers } = recordedFeed(here, blocking());
    const state = { patience: undefined as number | undefined };
    const protocol = lineWith({
      get patience() {
        return state.patience;
      },
    });
    const connection = here.supervisor.connect({ url, protocol });
    await here.clock.run(100);
    state.patience = Number.POSITIVE_INFINITY;
    void connection.send('BLOCK');
    await here.clock.run(600_000);
    expect(connection).toMatchObject({ state: 'alive', incarnation: 1 });
    state.patience = undefined;
    peers[0]?.write('done\n');
    await here.clock.run(3000);
    expect(here.states()).toContain('closing>closed:heartbeat-timeout');
    await expectNothingLeft(here);
  });

  test('is not suspected earlier for a second message that permits less', async () => {
    const here = world(fast);
    recordedFeed(here, blocking());
    const connection = here.supervisor.connect({ url, protocol: lineWith({}) });
    await here.clock.run(100);
    void connection.send('BLOCK', { silence: '35s' });
    void connection.send('GET', { silence: '2s' });
    await here.clock.run(34_900);
    expect(connection).toMatchObject({ state: 'alive', incarnation: 1 });
    await expectNothingLeft(here);
  });

  test('is not suspected when the platform goes offline', async () => {
    let tell: (signal: Signal) => void = () => {};
    const signals: Signals = {
      watch: (listener) => {
        tell = listener;
        return () => {};
      },
    };
    const here = world({ ...fast, signals });
    recordedFeed(here, blocking());
    const connection = here.supervisor.connect({ url, protocol: lineWith({}) });
    await here.clock.run(100);
    void connection.send('BLOCK', { silence: '35s' });
    await here.clock.run(5000);
    tell('offline');
    await here.clock.run(25_000);
    expect(connection).toMatchObject({ state: 'alive', incarnation: 1 });
    await expectNothingLeft(here);
  });

  test('has the time of an answer after a stall of this side that covered the end of its work', async () => {
    const here = world(fast);
    const { peers } = recordedFeed(here, blocking());
    const connection = here.supervisor.connect({ url, protocol: lineWith({}) });
    await here.clock.run(100);
    void connection.send('BLOCK', { silence: '35s' });
    await here.clock.run(30_000);
    here.clock.stall(20_000);
    await here.clock.run(60);
    peers[0]?.write('done\n');
    await here.clock.run(60);
    expect(connection).toMatchObject({ state: 'alive', incarnation: 1 });
    await expectNothingLeft(here);
  });

  test('does not spoil the round-trip time: an answer that waited behind the work is no sample', async () => {
    const here = world(fast);
    const { peers } = recordedFeed(here, blocking());
    const connection = here.supervisor.connect({ url, protocol: lineWith({}) });
    await here.clock.run(100);
    void connection.send('BLOCK', { silence: '35s' });
    await here.clock.run(20_000);
    const before = connection.rtt;
    peers[0]?.write('done\nPONG\n');
    await here.clock.run(5);
    expect(connection.rtt).toEqual(before);
    await expectNothingLeft(here);
  });

  test.each([0, -1, 'soon', null])('is refused when it is %s', async (silence) => {
    const here = world();
    recordedFeed(here, answering);
    const connection = here.supervisor.connect({ url, protocol: lineWith({}) });
    await expect(connection.send('x', { silence: silence as never })).rejects.toThrow(
      `silence: ${typeof silence === 'string' ? `"${silence}"` : String(silence)}`,
    );
    await expectNothingLeft(here);
  });
});

test('a receipt names the incarnation whose socket took the message, not the one in which it was sent', async () => {
  const here = world({ reconnect: { backoff: { base: 1000, cap: 1000 } } });
  const { peers } = recordedFeed(here, answering);
  const connection = here.supervisor.connect({ url, protocol: 'line' });
  await here.clock.run(50);
  const first = connection.send('a');
  await here.clock.run(50);
  peers[0]?.reset();
  await here.clock.run(100);
  expect(connection.state).toBe('closed');
  const second = connection.send('b');
  await here.clock.run(5000);
  expect([(await first).incarnation, (await second).incarnation]).toEqual([1, connection.incarnation]);
  expect(connection.incarnation).toBe(2);
  await expectNothingLeft(here);
});
