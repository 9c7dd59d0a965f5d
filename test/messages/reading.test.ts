/** Messages of a supervised connection on their way in: loops, their buffers, and a socket that waits for them. */

import { describe, expect, test } from 'vitest';
import type { Connection } from '../../src/actors/supervisor/handle.ts';
import type { ReadOptions } from '../../src/messages/reader.ts';
import type { HandshakeIo, Protocol } from '../../src/ports/protocol.ts';
import { framed } from '../../src/protocols/framed.ts';
import { line } from '../../src/protocols/line.ts';
import { withDialogue } from '../../src/protocols/over.ts';
import type { MemoryPeer } from '../../src/testing/network/memory-peer.ts';
import { expectNothingLeft, lineServer, type World, world } from '../support/world.ts';

interface Stage extends World {
  readonly connection: Connection<string>;
  readonly peers: MemoryPeer[];
  /** The newest end at the server. */
  readonly peer: MemoryPeer;
}

/** A connection to a line server, alive. Little fits between the two. */
async function stage(options: Parameters<typeof world>[0] = {}): Promise<Stage> {
  const around = world(options);
  const peers: MemoryPeer[] = [];
  around.network.serve('feed', (peer) => {
    lineServer(peer);
    peers.push(peer);
  });
  around.network.host('feed').windowBytes = 1000;
  const connection = around.supervisor.connect<string>({ id: 'feed', url: 'memory://feed' });
  await around.clock.run(10);
  expect(connection.state).toBe('alive');
  return {
    ...around,
    connection,
    peers,
    get peer() {
      return peers.at(-1) as MemoryPeer;
    },
  };
}

/** A loop that reads when it is told to. */
class Loop {
  readonly read: string[] = [];
  over = false;
  readonly #iterator: AsyncIterator<string>;

  constructor(messages: AsyncIterable<string>) {
    this.#iterator = messages[Symbol.asyncIterator]();
  }

  async take(count: number): Promise<this> {
    for (let n = 0; n < count; n++) {
      const { done, value } = await this.#iterator.next();
      if (done) this.over = true;
      else this.read.push(value);
    }
    return this;
  }

  leave(): Promise<unknown> {
    return this.#iterator.return?.() ?? Promise.resolve();
  }
}

function say(peer: MemoryPeer, from: number, to: number): void {
  for (let n = from; n <= to; n++) peer.write(`${n}\n`);
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => String(from + at));
const small: ReadOptions = { buffer: { messages: 10 } };

describe('reading: a loop over a connection', () => {
  test('reads every message in order, and ends with the connection', async () => {
    const here = await stage();
    const read: string[] = [];
    const loop = (async () => {
      for await (const message of here.connection) read.push(message);
    })();
    say(here.peer, 1, 100);
    await here.clock.run(100);
    await Promise.all([here.connection.close(), here.clock.run(100)]);
    await loop;
    expect(read).toEqual(numbers(1, 100));
    await expectNothingLeft(here);
  });

  test('that is left early is detached', async () => {
    const here = await stage();
    const loop = (async () => {
      for await (const message of here.connection.messages(small)) if (message === '3') break;
    })();
    say(here.peer, 1, 100);
    await here.clock.run(50);
    await loop;
    expect([here.peer.unwritten, here.connection.state]).toEqual([0, 'alive']);
  });

  test('begins with its first step: what came before is not replayed', async () => {
    const here = await stage();
    const messages = here.connection.messages();
    say(here.peer, 1, 1);
    await here.clock.run(10);
    const loop = new Loop(messages);
    say(here.peer, 2, 3);
    await here.clock.run(10);
    expect((await loop.take(2)).read).toEqual(['2', '3']);
  });

  test('stands beside others, and beside subscribers', async () => {
    const here = await stage();
    const [one, two, seen] = [new Loop(here.connection), new Loop(here.connection), [] as string[]];
    here.connection.messages$.subscribe((message) => seen.push(message));
    say(here.peer, 1, 3);
    await here.clock.run(10);
    await Promise.all([one.take(3), two.take(2)]);
    expect([one.read, two.read, seen]).toEqual([numbers(1, 3), numbers(1, 2), numbers(1, 3)]);
  });

  test('may be several steps ahead of the messages', async () => {
    const here = await stage();
    const loop = new Loop(here.connection);
    const steps = Promise.all([loop.take(1), loop.take(1), loop.take(1)]);
    say(here.peer, 1, 2);
    await here.clock.run(10);
    await Promise.all([here.connection.close(), here.clock.run(100)]);
    await steps;
    expect([loop.read, loop.over]).toEqual([['1', '2'], true]);
  });

  test('over a connection that has ended is over at once', async () => {
    const here = await stage();
    await Promise.all([here.connection.close(), here.clock.run(100)]);
    const loop = await new Loop(here.connection).take(1);
    expect([loop.read, loop.over]).toEqual([[], true]);
  });

  test('reads what had arrived before the end, and belongs to that life', async () => {
    const here = await stage();
    const loop = new Loop(here.connection);
    say(here.peer, 1, 3);
    await here.clock.run(10);
    await Promise.all([here.connection.close(), here.clock.run(100)]);
    here.connection.reconnect();
    await here.clock.run(10);
    say(here.peer, 4, 5);
    await here.clock.run(10);
    await loop.take(4);
    expect([loop.read, loop.over]).toEqual([numbers(1, 3), true]);
  });

  test.each([
    [{ messages: 0 }, 'buffer.messages: 0 is not valid; expected a number, 1 or more'],
    [{ bytes: Number.NaN }, 'buffer.bytes: NaN is not valid; expected a number, 1 or more'],
  ])('refuses a buffer of %o', async (buffer, message) => {
    const here = await stage();
    expect(() => here.connection.messages({ buffer })).toThrow(message);
  });
});

describe('reading: a full buffer', () => {
  test('pauses the socket, and reading resumes it; nothing is lost', async () => {
    const here = await stage();
    const loop = new Loop(here.connection.messages(small));
    say(here.peer, 1, 2000);
    await here.clock.run(1000);
    const held = here.peer.unwritten;
    expect(held).toBeGreaterThan(1500);
    await loop.take(3);
    await here.clock.run(1000);
    expect(here.peer.unwritten).toBe(held);
    await loop.take(3);
    await here.clock.run(1000);
    expect(here.peer.unwritten).toBeLessThan(held);
    for (let left = 2000 - 6; left > 0; left--) {
      await loop.take(1);
      await here.clock.run(3);
    }
    expect([loop.read, here.peer.unwritten, here.states().length]).toEqual([numbers(1, 2000), 0, 2]);
  });

  test('of bytes pauses it too', async () => {
    const here = await stage();
    const loop = new Loop(here.connection.messages({ buffer: { bytes: 100 } }));
    const long = 'x'.repeat(60);
    for (let n = 0; n < 50; n++) here.peer.write(`${long}\n`);
    await here.clock.run(1000);
    expect(here.peer.unwritten).toBeGreaterThan(25);
    await loop.leave();
    await here.clock.run(1000);
    expect(here.peer.unwritten).toBe(0);
  });

  test('of the slowest loop decides', async () => {
    const here = await stage();
    const [fast, slow] = [
      new Loop(here.connection.messages(small)),
      new Loop(here.connection.messages(small)),
    ];
    say(here.peer, 1, 2000);
    const reading = fast.take(2000);
    await here.clock.run(1000);
    expect(here.peer.unwritten).toBeGreaterThan(1500);
    await slow.leave();
    await here.clock.run(1000);
    await reading;
    expect(fast.read).toEqual(numbers(1, 2000));
  });

  test('is not reread: messages of an incarnation come before those of the next', async () => {
    const here = await stage({ reconnect: { backoff: { base: 10, jitter: 'none' } } });
    const loop = new Loop(here.connection.messages(small));
    say(here.peer, 1, 10);
    await here.clock.run(100);
    here.network.host('feed').links[0]?.reset();
    await here.clock.run(100);
    expect([here.connection.incarnation, here.connection.state]).toEqual([2, 'alive']);
    say(here.peer, 11, 2000);
    await here.clock.run(100);
    expect(here.peer.unwritten).toBeGreaterThan(1500);
    for (let left = 2000; left > 0; left--) {
      await loop.take(1);
      await here.clock.run(3);
    }
    expect(loop.read).toEqual(numbers(1, 2000));
  });

  test('does not keep close() from being graceful; what finds no room is discarded', async () => {
    const here = await stage();
    const loop = new Loop(here.connection.messages(small));
    say(here.peer, 1, 2000);
    await here.clock.run(1000);
    const sent = here.connection.send('last words');
    const [exit] = await Promise.all([here.connection.close(), here.clock.run(1900)]);
    expect(exit.reason).toBe('closed-by-us');
    await expect(sent).resolves.toMatchObject({ outcome: 'written' });
    expect(here.network.audit().open).toEqual({ dial: 0, accept: 0 });
    await loop.take(10);
    expect(loop.read).toEqual(numbers(1, 10));
  });
});

describe('reading: while the socket is paused', () => {
  const hour = 3_600_000;

  async function paused(options: Parameters<typeof world>[0] = {}) {
    const here = await stage(options);
    const loop = new Loop(here.connection.messages(small));
    say(here.peer, 1, 2000);
    await here.clock.run(1000);
    expect(here.peer.unwritten).toBeGreaterThan(1500);
    return { ...here, peer: here.peer, loop };
  }

  test('no silence is suspected, and the idle deadline does not pass', async () => {
    const here = await paused({ deadlines: { idle: '20s' } });
    await here.clock.run(hour);
    expect(here.states()).toEqual(['>connecting', 'connecting>alive']);
  });

  test('the peer goes on hearing from us, twice per interval', async () => {
    const here = await paused();
    const heard: number[] = [];
    here.peer.onData = () => heard.push(here.clock.scheduler.now());
    await here.clock.run(100_000);
    const gaps = heard.slice(1).map((at, n) => at - (heard[n] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(5001);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(4500);
  });

  test('answers that wait in the kernel give no round-trip time', async () => {
    const here = await paused();
    const { rtt } = here.connection;
    await here.clock.run(60_000);
    await here.loop.leave();
    await here.clock.run(5);
    expect(here.connection.rtt).toEqual(rtt);
  });

  test('a peer that died meanwhile is noticed once we read again', async () => {
    const here = await paused();
    here.network.host('feed').freeze();
    await here.clock.run(300_000);
    expect(here.connection.state).toBe('alive');
    await here.loop.leave();
    await here.clock.run(21_000);
    expect(here.states().slice(2)).toEqual([
      'alive>suspect',
      'suspect>closing:heartbeat-timeout',
      'closing>closed:heartbeat-timeout',
      '>connecting',
    ]);
  });

  test('a stalled write is still a suspicion', async () => {
    const here = await paused({ outbox: { messages: 1e5 } });
    here.peer.pause();
    for (let n = 0; n < 1000; n++) void here.connection.send('x'.repeat(1000));
    await here.clock.run(21_000);
    expect(here.states()).toContain('suspect>closing:write-timeout');
  });

  test('max age ends it in time', async () => {
    const here = await paused({ deadlines: { maxAge: '5s' } });
    await here.clock.run(10_000);
    expect(here.states()).toContain('closing>closed:max-age');
  });

  test.each([
    ['announces and listens', framed(), 'auto'],
    ['probes', line(), 'probe'],
  ] as const)('a supervised peer that %s does not condemn us', async (_what, protocol, mode) => {
    const around = world();
    const accepted: Connection<never, string>[] = [];
    await around.supervisor.listen<never, string>({
      url: 'memory://feed',
      protocol: protocol as never,
      heartbeat: { mode },
      deadlines: { write: null },
      onConnection: (connection) => accepted.push(connection),
    });
    const connection = around.supervisor.connect({ url: 'memory://feed', protocol: protocol as never });
    await around.clock.run(10);
    new Loop(connection.messages(small) as AsyncIterable<never>);
    for (let n = 0; n < 1000; n++) void accepted[0]?.send('x'.repeat(10_000));
    await around.clock.run(hour);
    expect([connection.state, accepted[0]?.state]).toEqual(['alive', 'alive']);
  });
});

describe('reading: a peer that talks before its handshake is done', () => {
  /** A handshake that waits for `go`, then for one message. */
  function shy(): { protocol: Protocol<string>; go: () => void } {
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const handshake = async (io: HandshakeIo) => {
      await gate;
      await io.receive();
    };
    return { protocol: withDialogue(line(), () => ({ handshake })), go };
  }

  test('fills the kernel and not us, and loses nothing', async () => {
    const here = world();
    const { protocol, go } = shy();
    let peer: MemoryPeer | undefined;
    here.network.serve('feed', (arrived) => {
      peer = arrived;
      for (let n = 1; n <= 5000; n++) arrived.write(`${n} ${'x'.repeat(100)}\n`);
    });
    here.network.host('feed').windowBytes = 10_000;
    const connection = here.supervisor.connect({ url: 'memory://feed', protocol });
    const read: string[] = [];
    connection.messages$.subscribe((message) => read.push(message.slice(0, message.indexOf(' '))));
    await here.clock.run(1000);
    expect(peer?.unwritten).toBeGreaterThan(4000);
    go();
    await here.clock.run(5000);
    expect([read, peer?.unwritten]).toEqual([numbers(2, 5000), 0]);
  });
});
