import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AcceptSink } from '../../../src/ports/transport.ts';
import { memoryNetwork } from '../../../src/testing/network/memory.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { bytes, connected, type World, world } from './memory-world.ts';

const at = new URL('memory://server');

describe('memory network: dialling', () => {
  test('takes one latency to the server, and one back', () => {
    const { clock, log, network, note, connect } = world({ latencyMs: 5 });
    network.serve('server', () => note('server open'));
    connect();
    clock.advance(100);
    expect(log).toEqual(['5 server open', '10 client open']);
  });

  test('is refused without a listener, and closes in a later turn', () => {
    const { clock, log, dial } = world();
    dial();
    clock.advance(100);
    expect(log).toEqual(['2 client failed refused ECONNREFUSED', '2 client closed']);
  });

  test('can be destroyed, and the server gets a reset if it had accepted', () => {
    const { clock, log, serve, dial } = world();
    serve();
    const socket = dial();
    clock.advance(1);
    socket.destroy();
    clock.advance(100);
    expect(log).toEqual(['1 client closed', '2 server close reset']);
  });

  test('destroyed before its arrival is never accepted', () => {
    const { clock, log, serve, dial, network } = world();
    serve();
    dial().destroy();
    clock.advance(100);
    expect([log, network.audit().open.accept, network.audit().closed]).toEqual([['0 client closed'], 0, 1]);
  });

  test('is not sped up by pause and resume', () => {
    const { clock, log, serve, dial } = world();
    serve();
    const socket = dial();
    socket.pause();
    socket.resume();
    clock.advance(100);
    expect(log).toEqual(['2 client opened']);
  });

  test('does nothing in the turn of the call', () => {
    const { log, dial } = world();
    dial();
    expect(log).toEqual([]);
  });
});

describe('memory network: listening', () => {
  const listener = ({ network, sink, note }: World): AcceptSink => ({
    accepted: (raw, from) => {
      note(`accepted ${from}`);
      network.transport.adopt(raw, sink('server'));
    },
    failed: () => note('failed'),
  });

  test('opens an adopted socket in a later turn, and delivers earlier data', async () => {
    const made = world();
    const bound = await made.network.transport.listen(at, listener(made));
    made.dial().write(bytes('hi'), false);
    made.clock.advance(10);
    expect(bound.url).toBe('memory://server');
    expect(made.log).toEqual([
      '1 accepted client-1',
      '1 server opened',
      '2 client opened',
      '2 client written',
      '3 server received hi',
    ]);
  });

  test('rejects for a name in use, and frees it when closed', async () => {
    const made = world();
    const bound = await made.network.transport.listen(at, listener(made));
    await expect(made.network.transport.listen(at, listener(made))).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    await bound.close();
    await expect(made.network.transport.listen(at, listener(made))).resolves.toBeDefined();
  });

  test('that has ended keeps accepted sockets open', async () => {
    const made = world();
    const bound = await made.network.transport.listen(at, listener(made));
    const socket = made.dial();
    made.clock.advance(10);
    await bound.close();
    made.news();
    socket.write(bytes('still'), false);
    made.clock.advance(10);
    expect(made.news()).toContain('11 server received still');
  });

  test('that ends before accepting resets waiting dials', () => {
    const { clock, news, host, network, connect } = world();
    const stop = network.serve('server', () => {});
    host.freeze();
    connect();
    clock.advance(10);
    stop();
    host.thaw();
    clock.advance(10);
    expect(news()).toEqual(['2 client open', '11 client close reset']);
  });

  test('keeps a socket open that is not adopted', () => {
    const { clock, network, connect } = world();
    network.host('server');
    void network.transport.listen(at, { accepted: () => {}, failed: () => {} });
    connect();
    clock.advance(10);
    expect(network.audit().open).toEqual({ dial: 1, accept: 1 });
  });

  test('throws at adopt() of a foreign socket', () => {
    const { network, sink } = world();
    expect(() => network.transport.adopt({}, sink('x'))).toThrow(TypeError);
  });
});

test.each([
  ['memory://server', undefined],
  ['memory:server', 'memory://name, without a port'],
  ['memory://server:0', 'memory://name, without a port'],
])('check of %s says %s', (url, problem) => {
  expect(world().network.transport.check(new URL(url), 'dial')).toBe(problem);
});

describe('memory network: data', () => {
  test('arrives one latency later, in order, and is reported as written in order', () => {
    const { clock, news, dial, serve } = world({ latencyMs: 5 });
    serve();
    const socket = dial();
    clock.advance(10);
    news();
    socket.write(bytes('a'), true);
    socket.write(bytes('b'), false);
    expect(news()).toEqual([]);
    clock.advance(5);
    expect(news()).toEqual(['10 client written', '10 client written', '15 server a', '15 server b']);
  });

  test('is a copy: the writer may use its buffer again', () => {
    const { clock, news, client } = connected();
    const buffer = bytes('old');
    client.write(buffer);
    buffer.set(bytes('new'));
    clock.advance(10);
    expect(news()).toEqual(['11 server old']);
  });

  test('of length 0 is written, and not received', () => {
    const { clock, news, client } = connected();
    client.write('');
    clock.advance(10);
    expect([client.unwritten, news()]).toEqual([0, []]);
  });

  test('stays in order when the latency decreases', () => {
    const { clock, news, client, link } = connected({ latencyMs: 5 });
    client.write('first');
    link.latencyMs = 1;
    client.write('second');
    clock.advance(10);
    expect(news()).toEqual(['15 server first', '15 server second']);
  });

  test('stays complete and in order under jitter and pauses', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.array(fc.tuple(fc.nat(5), fc.boolean()), { maxLength: 50 }),
        (seed, steps) => {
          const { clock, news, client, peer } = connected({ seed, jitterMs: 20, windowBytes: 6 });
          steps.forEach(([wait, reads], n) => {
            client.write(`${n} `);
            if (reads) peer.resume();
            else peer.pause();
            clock.advance(wait);
          });
          peer.resume();
          clock.advance(5000);
          const received = news().map((line) => Number(line.split(' ')[2]));
          expect(received).toEqual(steps.map((_, n) => n));
        },
      ),
    );
  });
});

describe('memory network: an end of stream', () => {
  test('comes after the data, and the other direction stays open', () => {
    const { clock, news, client, peer } = connected();
    client.write('question');
    client.end();
    clock.advance(5);
    peer.write('answer');
    clock.advance(5);
    expect(news()).toEqual(['11 server question', '11 server end', '16 client answer']);
  });

  test('by both sides closes both, without a failure', () => {
    const { clock, news, client, peer } = connected();
    client.end();
    clock.advance(5);
    peer.end();
    clock.advance(5);
    expect(news()).toEqual(['11 server end', '15 server close', '16 client end', '16 client close']);
  });

  test('reports the last write before it closes', () => {
    const { clock, news, dial, network } = world();
    network.serve('server', (peer) => peer.end());
    const socket = dial();
    clock.advance(10);
    socket.write(bytes('bye'), false);
    socket.end();
    clock.advance(10);
    expect(news()).toEqual(['2 client opened', '2 client ended', '10 client written', '10 client closed']);
  });

  test('reports a write made inside the ended callback', () => {
    const { clock, news, client, peer } = connected();
    client.onEnd = () => {
      client.write('bye');
      client.end();
    };
    peer.end();
    clock.advance(10);
    expect([client.unwritten, news().at(-1)]).toEqual([0, '12 server close']);
  });

  test('is answered with an end of stream by a peer without onEnd', () => {
    const { clock, news, connect, network } = world();
    network.serve('server', () => {});
    connect().end();
    clock.advance(10);
    expect(news()).toEqual(['2 client open', '4 client end', '4 client close']);
  });

  test('drops later writes', () => {
    const { clock, news, client } = connected();
    client.end();
    client.write('too late');
    clock.advance(5);
    expect(news()).toEqual(['11 server end']);
  });
});

describe('memory network: destroy()', () => {
  test('resets the peer after pending data, and reports closed in a later turn', () => {
    const { clock, news, client } = connected();
    client.write('last words');
    client.reset();
    expect(news()).toEqual([]);
    clock.advance(5);
    expect(news()).toEqual(['10 client close', '11 server last words', '11 server close reset']);
  });

  test('after end() does not undo the end', () => {
    const { clock, news, client } = connected();
    client.end();
    client.reset();
    clock.advance(5);
    expect(news()).toEqual(['10 client close', '11 server end']);
  });

  test('after end() resets if data is unread', () => {
    const { clock, news, client, peer } = connected();
    client.end();
    peer.write('unread');
    client.reset();
    clock.advance(5);
    expect(news()).toEqual(['10 client close', '11 server end', '11 server close reset']);
  });

  test('answers later data with a reset', () => {
    const { clock, news, client, peer } = connected();
    client.end();
    client.reset();
    clock.advance(5);
    news();
    peer.write('anybody?');
    clock.advance(5);
    expect(news()).toEqual(['17 server close reset']);
  });

  test('inside a callback ends further callbacks', () => {
    const { clock, news, client, peer, note } = connected();
    peer.onData = () => {
      note('server destroys');
      peer.reset();
    };
    client.write('a');
    client.write('b');
    clock.advance(5);
    expect(news()).toEqual(['11 server destroys', '11 server close', '12 client close reset']);
  });
});

test('memory network: a socket destroyed by another one closes in a later turn', () => {
  const { clock, news, note, serve, connect } = world();
  const peers = serve();
  const [first, second] = [connect('first'), connect('second')];
  clock.advance(10);
  news();
  const destroying = (other: typeof first) => (): void => {
    other.reset();
    clock.scheduler.schedule(() => note('next turn'));
  };
  first.onData = destroying(second);
  second.onData = destroying(first);
  for (const peer of peers) peer.write('go');
  clock.advance(1);
  expect(news().slice(0, 2)).toEqual(['11 next turn', expect.stringMatching(/^11 (first|second) close$/)]);
});

describe('memory network: audit()', () => {
  test('counts dials, open sockets and closings', () => {
    const { clock, network, serve, connect } = world();
    serve();
    const [first] = [connect('first'), connect('second')];
    expect(network.audit()).toMatchObject({ dials: 2, dialing: 2, open: { dial: 0, accept: 0 } });
    clock.advance(10);
    expect(network.audit()).toMatchObject({ dialing: 0, open: { dial: 2, accept: 2 }, closed: 0 });
    first?.reset();
    clock.advance(10);
    expect(network.audit()).toEqual({
      dials: 2,
      dialing: 0,
      open: { dial: 1, accept: 1 },
      closed: 2,
      closedTwice: 0,
    });
  });

  test('counts sockets destroyed twice', () => {
    const { network, dial } = world();
    const socket = dial();
    socket.destroy();
    socket.destroy();
    expect(network.audit().closedTwice).toBe(1);
  });

  test('of an idle network needs no timers', () => {
    const { clock } = connected();
    expect(clock.pending).toBe(0);
  });
});

type Deed =
  | 'write'
  | 'end'
  | 'reset'
  | 'pause'
  | 'resume'
  | 'cut'
  | 'heal'
  | 'freeze'
  | 'thaw'
  | 'break'
  | 'down';
const deeds: Deed[] = [
  'write',
  'end',
  'reset',
  'pause',
  'resume',
  'cut',
  'heal',
  'freeze',
  'thaw',
  'break',
  'down',
];

function act(name: Deed, side: 'client' | 'peer', made: ReturnType<typeof connected>): void {
  const whom = made[side];
  if (name === 'write') whom.write('x');
  else if (name === 'freeze' || name === 'thaw' || name === 'down') made.host[name]();
  else if (name === 'break') made.link.reset();
  else if (name === 'cut' || name === 'heal') made.link[name]();
  else whom[name]();
}

test('memory network: each side reports closed exactly once, and nothing after, for any events', () => {
  const script = fc.array(fc.tuple(fc.constantFrom(...deeds), fc.constantFrom('client', 'peer'), fc.nat(3)), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(script, (steps) => {
      const made = connected({ windowBytes: 2 });
      for (const [name, side, wait] of steps) {
        act(name, side, made);
        made.clock.advance(wait);
      }
      made.host.thaw();
      made.link.reset();
      made.clock.advance(100);
      for (const who of ['client', 'server']) {
        const said = made.log.filter((line) => line.split(' ')[1] === who);
        expect(said.findIndex((line) => line.includes('close'))).toBe(said.length - 1);
      }
      expect(made.network.audit()).toMatchObject({ closed: 2, open: { dial: 0, accept: 0 } });
      expect([made.clock.pending, made.network.links]).toEqual([0, []]);
    }),
    { numRuns: 3000 },
  );
});

test('memory network: a run repeats from its seed, and differs for another seed', () => {
  const run = (seed: number): string[] => {
    const { clock, log, network, connect } = world({ seed, jitterMs: 50 });
    network.serve('server', (peer) => {
      peer.onData = (chunk) => peer.write(chunk);
    });
    for (const who of ['a', 'b', 'c', 'd']) connect(who).write(who);
    clock.advance(1000);
    return log;
  };
  expect(run(3)).toEqual(run(3));
  expect(run(3)).not.toEqual(run(4));
});

test('memory network: a handler that throws fails its test, and no other connection', () => {
  const { clock, log, network, connect, serve } = world();
  serve();
  const throwing = (): void => {
    throw new Error('handler');
  };
  const clients = Array.from({ length: 9 }, (_, n) => connect(`${n}`));
  for (const client of clients.slice(3, 4)) client.onOpen = throwing;
  expect(() => clock.advance(5)).toThrow('handler');
  clock.advance(5);
  expect([log.length, network.audit().open]).toEqual([8, { dial: 9, accept: 9 }]);
});

test('memory network: 10,000 connections open, exchange data and close', () => {
  const { clock, network } = world();
  let heard = 0;
  network.serve('server', (peer) => {
    peer.onData = (chunk) => peer.write(chunk);
  });
  const clients = Array.from({ length: 10_000 }, () => network.connect('server'));
  for (const client of clients) {
    client.onData = () => {
      heard += 1;
    };
    client.write('ping');
  }
  clock.advance(10);
  expect([heard, network.links.length]).toEqual([10_000, 10_000]);
  for (const client of clients) client.reset();
  clock.advance(10);
  expect(network.audit()).toMatchObject({ closed: 20_000, open: { dial: 0, accept: 0 } });
});

test('memory network: runs on the system clock too', async () => {
  const network = memoryNetwork({ clock: systemClock });
  network.serve('server', (peer) => peer.write('hello'));
  const client = network.connect('server');
  const chunk = await new Promise<Uint8Array>((resolve) => {
    client.onData = resolve;
  });
  expect(chunk).toEqual(bytes('hello'));
});
