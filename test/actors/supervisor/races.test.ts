/** Races between ends of sockets, connections and supervisors; misbehaving peers; calls from within callbacks. */

import { describe, expect, test } from 'vitest';
import type { HandshakeIo } from '../../../src/ports/protocol.ts';
import type { SocketSink, Target } from '../../../src/ports/transport.ts';
import { framed } from '../../../src/protocols/framed.ts';
import { line } from '../../../src/protocols/line.ts';
import { withDialogue } from '../../../src/protocols/over.ts';
import { virtualClock } from '../../../src/testing/clock.ts';
import type { Clock } from '../../../src/time/clock.ts';
import { Timekeeper } from '../../../src/time/timekeeper.ts';
import { expectNothingLeft, lineServer, type World, world } from '../../support/world.ts';

const url = 'memory://feed';
type Sink = SocketSink<Uint8Array>;

/** The transport of the network, and the sinks of the sockets it dialled or adopted. */
function tapped({ network }: World) {
  const sinks: Sink[] = [];
  const { transport } = network;
  const kept = (sink: Sink) => {
    sinks.push(sink);
    return sink;
  };
  return {
    sinks,
    transport: {
      ...transport,
      dial: (target: Target, sink: Sink) => transport.dial(target, kept(sink)),
      adopt: (raw: unknown, sink: Sink) => transport.adopt(raw, kept(sink)),
    },
  };
}

describe('races at the end of a connection', () => {
  test('the close of a socket without an end of stream or an error ends the incarnation', async () => {
    const here = world();
    here.network.serve('feed', lineServer);
    const { sinks, transport } = tapped(here);
    const connection = here.supervisor.connect({ url, transport });
    await here.clock.run(100);
    sinks[0]?.closed();
    await here.clock.run(5000);
    expect(connection).toMatchObject({ incarnation: 2, state: 'alive' });
  });

  test('close() in onConnection releases the accepted socket', async () => {
    const here = world();
    await here.supervisor.listen({ url, onConnection: (connection) => void connection.close() });
    here.network.connect('feed');
    await here.clock.run(1000);
    expect(here.network.audit().open).toEqual({ dial: 0, accept: 0 });
    await expectNothingLeft(here);
  });

  test('stop() waits for a listener that is still binding, and closes it', async () => {
    const here = world();
    const listening = here.supervisor.listen({ url });
    const stopped = here.supervisor.stop();
    await here.clock.run(10);
    await listening;
    await stopped;
    const peer = here.network.connect('feed');
    let refused = false;
    peer.onClose = () => {
      refused = true;
    };
    await here.clock.run(10);
    expect(refused).toBe(true);
  });

  test('stop() releases a socket that the listener accepts afterwards', async () => {
    const here = world();
    let accept: ((raw: unknown, from: string) => void) | undefined;
    const { transport } = here.network;
    const listen: typeof transport.listen = (at, sink) => {
      accept = sink.accepted;
      return transport.listen(at, sink);
    };
    await here.supervisor.listen({ url, transport: { ...transport, listen } });
    let raw: unknown;
    const other = transport.listen(new URL('memory://other'), {
      accepted: (socket) => {
        raw = socket;
      },
      failed: () => {},
    });
    await other;
    here.network.connect('other');
    await here.clock.run(10);
    here.supervisor.stop();
    accept?.(raw, 'somebody');
    await here.clock.run(100);
    expect(here.network.audit().open).toEqual({ dial: 0, accept: 0 });
  });

  test('stop() completes although reconnect() is called, and reconnect() throws', async () => {
    const here = world();
    here.network.serve('feed', lineServer);
    const connection = here.supervisor.connect({ url });
    await here.clock.run(100);
    let stopped = false;
    here.supervisor.stop().then(() => {
      stopped = true;
    });
    await here.clock.settle();
    expect(() => connection.reconnect()).toThrow(/stopped/);
    await here.clock.run(1000);
    expect(stopped).toBe(true);
  });

  test('close() resolves with closed-by-us although connect() reopens the id during the close', async () => {
    const here = world();
    here.network.serve('feed', lineServer);
    const connection = here.supervisor.connect({ url });
    await here.clock.run(100);
    const closed = connection.close();
    expect(connection.close()).toBe(closed);
    here.supervisor.connect({ url });
    await here.clock.run(100);
    await expect(closed).resolves.toMatchObject({ reason: 'closed-by-us' });
    expect(connection).toMatchObject({ incarnation: 2, state: 'alive' });
    await expectNothingLeft(here);
  });

  test('reconnect() in a subscriber of the left event starts a new incarnation with a pending ready() and send()', async () => {
    const here = world({ reconnect: { restart: 'temporary' } });
    const connection = here.supervisor.connect<string>({ url });
    let all: Promise<unknown> | undefined;
    here.supervisor.events$.subscribe(({ event }) => {
      if (event !== 'left' || all !== undefined) return;
      here.network.serve('feed', lineServer);
      connection.reconnect();
      all = Promise.all([connection.ready(), connection.send('x')]);
    });
    await here.clock.run(1000);
    await expect(all).resolves.toEqual([undefined, { outcome: 'written' }]);
    await expectNothingLeft(here);
  });

  test('aborting the signal of a second connect() closes the connection', async () => {
    const here = world();
    here.network.serve('feed', lineServer);
    const [first, second] = [new AbortController(), new AbortController()];
    here.supervisor.connect({ url, signal: first.signal });
    first.abort();
    const connection = here.supervisor.connect({ url, signal: second.signal });
    await here.clock.run(100);
    second.abort();
    await here.clock.run(100);
    expect(connection.status).toBe('left');
    await expectNothingLeft(here);
  });

  test.each([
    ['an end of stream during a handshake', handshaking(), 'hello\n', 'cut-off'],
    [
      'an end of stream on a link that proved by opening',
      { heartbeat: { mode: 'announce' } },
      '',
      'closed-by-peer',
    ],
  ] as const)('%s ends the connection as its proof requires', async (_title, spec, text, reason) => {
    const here = world({ reconnect: { restart: 'temporary' } });
    here.network.serve('feed', (peer) => {
      if (text !== '') peer.write(text);
      peer.end();
    });
    const { closed } = here.supervisor.connect({ url, ...spec });
    await here.clock.run(100);
    await expect(closed).resolves.toMatchObject({ reason });
  });

  test('reconnect() in a subscriber throws after the actor of the supervisor was stopped', async () => {
    const here = world();
    const connection = here.supervisor.connect({ url });
    let refused: unknown;
    here.supervisor.events$.subscribe(({ event }) => {
      if (event !== 'left') return;
      try {
        connection.reconnect();
      } catch (error) {
        refused = error;
      }
    });
    await here.clock.run(1);
    here.supervisor.actor.stop();
    expect(String(refused)).toContain('the supervisor is stopped');
    expect([...here.supervisor.connections]).toEqual([]);
  });
});

describe('handshake', () => {
  test('a handshake that completes after the end of its incarnation delivers no message', async () => {
    const here = world({ deadlines: { handshake: '1s' } });
    here.network.serve('feed', (peer) => peer.write('stale\n'));
    const gate: (() => void)[] = [];
    const received: unknown[] = [];
    const handshake = () => new Promise<void>((done) => gate.push(done));
    const protocol = withDialogue(line(), () => ({ handshake }));
    const connection = here.supervisor.connect({ url, protocol, onMessage: (text) => received.push(text) });
    await here.clock.run(1500);
    connection.close();
    await here.clock.run(100);
    gate[0]?.();
    await here.clock.run(100);
    expect(received).toEqual([]);
    await expectNothingLeft(here);
  });
});

describe('timing', () => {
  test('the listening window starts at the opening of the connection, not at the dial', async () => {
    const here = world({ heartbeat: { interval: '1s', condemnAfter: 0 } });
    await here.supervisor.listen({ url, protocol: 'framed' });
    here.network.host('feed').blackhole();
    const connection = here.supervisor.connect({ url, protocol: 'framed' });
    await here.clock.run(1500);
    here.network.host('feed').blackhole(false);
    await here.clock.run(10_000);
    expect(here.states(connection.id)).toEqual(['>connecting', 'connecting>alive']);
    await expectNothingLeft(here);
  });

  test('a condemnAfter below the RTO condemns a connection within 5 ms of suspect', async () => {
    const here = world();
    here.network.serve('feed', lineServer);
    const at: number[] = [];
    here.supervisor.connect({ url, heartbeat: { condemnAfter: '300ms' } });
    await here.clock.run(100);
    here.network.host('feed').freeze();
    here.supervisor.events$.subscribe((event) => {
      const counts = event.event === 'state' && (event.to === 'suspect' || event.to === 'closing');
      if (counts) at.push(here.clock.scheduler.now());
    });
    await here.clock.run(12_000);
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeLessThanOrEqual(5);
  });

  test('a dead peer of a framed connection is condemned although every timer is 60 ms late', async () => {
    const here = world();
    const { clock, network } = here;
    const late: Clock = {
      random: clock.random,
      wall: () => clock.wall(),
      afterIo: (fn) => clock.afterIo(fn),
      scheduler: {
        now: () => clock.scheduler.now(),
        schedule: (work, ms = 0, state) =>
          clock.scheduler.schedule(work as never, ms === 0 ? 0 : ms + 60, state),
      },
    };
    network.serve('feed', (peer) => peer.write(new Uint8Array([0, 1])));
    const slow = world({ clock: late, transports: [network.transport] });
    const connection = slow.supervisor.connect({ url, protocol: framed() });
    await clock.run(100);
    network.host('feed').freeze();
    await clock.run(200_000);
    expect(connection.incarnation).toBeGreaterThan(1);
  });

  test('an alarm that throws does not stop other alarms', () => {
    const clock = virtualClock();
    const keeper = new Timekeeper(clock);
    const rung: string[] = [];
    const alarm = (name: string, then = () => {}) => ({
      at: 0,
      slot: -1,
      confirm() {},
      ring() {
        rung.push(name);
        then();
      },
    });
    const broken = alarm('a', () => {
      throw new Error('a bug');
    });
    keeper.set(broken, 10);
    keeper.set(alarm('b'), 20);
    expect(() => clock.advance(15)).toThrow('a bug');
    clock.advance(100);
    expect(rung).toEqual(['a', 'b']);
  });

  test('bytes counted on arrival do not count again when a timer reads bytesRead', async () => {
    const here = world({ heartbeat: { interval: '1s', condemnAfter: 0 } });
    const { transport } = here.network;
    let read = 0;
    const counting = {
      ...transport,
      dial(target: Target, sink: Sink) {
        const received = (chunk: Uint8Array) => {
          read += chunk.length;
          sink.received(chunk);
        };
        const counted = Object.assign(Object.create(sink), { received });
        for (const method of ['opened', 'written', 'ended', 'failed', 'closed'] as const) {
          counted[method] = (sink[method] as (...args: unknown[]) => void).bind(sink);
        }
        const socket = transport.dial(target, counted);
        return Object.defineProperty(socket, 'bytesRead', { get: () => read });
      },
    };
    here.network.serve('feed', (peer) => peer.write(new Uint8Array([0, 1])));
    here.supervisor.connect({ url, protocol: 'framed', transport: counting });
    let suspectedAt = 0;
    here.supervisor.events$.subscribe((event) => {
      if (event.event === 'state' && event.to === 'suspect') suspectedAt ||= here.clock.scheduler.now();
    });
    await here.clock.run(5000);
    expect(suspectedAt).toBeGreaterThan(1990);
    expect(suspectedAt).toBeLessThan(2020);
  });

  test('a message in transmission postpones deadlines.idle', async () => {
    const here = world({ deadlines: { idle: '2s' } });
    here.network.host('feed').windowBytes = 65_536;
    here.network.serve('feed', (peer) => {
      peer.onData = () => {
        peer.pause();
        here.clock.scheduler.schedule(() => peer.resume(), 500);
      };
    });
    const connection = here.supervisor.connect({ url, protocol: framed() });
    const sent = connection.send(new Uint8Array(2 ** 20));
    await here.clock.run(20_000);
    await expect(sent).resolves.toEqual({ outcome: 'written' });
    await expectNothingLeft(here);
  });
});

describe('misbehaviour', () => {
  test('a peer that floods pings and reads nothing gets a bounded number of answers', async () => {
    const here = world();
    const { sinks, transport } = tapped(here);
    await here.supervisor.listen({ url, transport });
    here.network.host('feed').windowBytes = 1;
    const peer = here.network.connect('feed');
    await here.clock.run(10);
    peer.pause();
    const flood = new TextEncoder().encode('PING\n'.repeat(200_000));
    sinks[0]?.received(flood);
    let answers = 0;
    peer.onData = (chunk) => {
      answers += chunk.length / 5;
    };
    peer.resume();
    await here.clock.run(1000);
    expect(answers).toBeGreaterThan(0);
    expect(answers).toBeLessThan(30_000);
    await expectNothingLeft(here);
  });

  test('a user id equal to a generated id does not reject an accepted socket', async () => {
    const here = world();
    here.supervisor.connect({ id: 'accepted-1', url: 'memory://nobody' });
    await here.supervisor.listen({ url });
    here.network.connect('feed');
    await here.clock.run(10);
    expect(here.supervisor.get('accepted-2')?.state).toBe('alive');
    await expectNothingLeft(here);
  });

  test('reconnect() on an accepted connection throws', async () => {
    const here = world();
    await here.supervisor.listen({ url });
    here.network.connect('feed');
    await here.clock.run(10);
    expect(() => here.supervisor.get('accepted-1')?.reconnect()).toThrow(/only its peer/);
    await expectNothingLeft(here);
  });
});

function handshaking() {
  const handshake = async (io: HandshakeIo) => {
    await io.receive();
    await io.receive();
  };
  return { protocol: withDialogue(line(), () => ({ handshake })) };
}

test('connect: with a signal that is aborted already, the connection ends, settles everything and takes no turn', async () => {
  const here = world();
  const signal = AbortSignal.abort();
  const over = here.supervisor.connect({ id: 'over', url: 'memory://service', signal });
  await expect(over.closed).resolves.toMatchObject({ reason: 'closed-by-us' });
  await expect(over.close()).resolves.toMatchObject({ reason: 'closed-by-us' });
  await expect(over.ready()).rejects.toMatchObject({ code: 'closed' });
  await expect(over.send('x')).rejects.toMatchObject({ outcome: 'never-sent' });
  // A turn that was taken and never given back would keep the other two from dialling.
  here.network.serve('service', lineServer);
  const others = ['one', 'two'].map((id) => here.supervisor.connect({ id, url: 'memory://service' }));
  await here.clock.run(5000);
  expect(others.map(({ state }) => state)).toEqual(['alive', 'alive']);
  await expectNothingLeft(here);
});

test('listen: a connection that is closed in onConnection ends and settles its promises', async () => {
  const here = world();
  const ends: string[] = [];
  await here.supervisor.listen({
    url: 'memory://service',
    onConnection: (connection) => void connection.close().then(({ reason }) => ends.push(reason)),
  });
  const client = here.supervisor.connect({
    id: 'client',
    url: 'memory://service',
    reconnect: { maxAttempts: 1 },
  });
  await here.clock.run(1000);
  expect(ends.length).toBeGreaterThan(0);
  expect(new Set(ends)).toEqual(new Set(['closed-by-us']));
  await client.close();
  await expectNothingLeft(here);
});
