/** The moments around the end of a handshake: what arrives, what is asked, and what ends meanwhile. */
import { describe, expect, test } from 'vitest';
import type { HandshakeIo } from '../../../src/ports/protocol.ts';
import type { MemoryPeer } from '../../../src/testing/network/memory-peer.ts';
import { expectNothingLeft, world } from '../../support/world.ts';
import { answering, type Change, lineWith, recordedFeed } from './support.ts';

const url = 'memory://feed';
const once = { reconnect: { restart: 'temporary' } } as const;

/** Frames that come in a microtask, as those of a transport over web streams do. */
function decoderOf(frames: (sink: { frame(frame: unknown): void }) => void): Change {
  return {
    decoder: {
      midFrame: false,
      push(_, sink) {
        frames(sink);
        return undefined;
      },
    },
  };
}

describe('handshake that is done', () => {
  test('hands frames on in their order, also one that comes in the same turn', async () => {
    const here = world(once);
    recordedFeed(here, (_, peer) => peer.write('x'));
    const messages: string[] = [];
    const late = decoderOf((sink) => {
      for (const frame of ['WELCOME', 'first', 'second']) sink.frame(frame);
      let hops = Promise.resolve();
      for (let n = 0; n < 12; n++) hops = hops.then(() => sink.frame(`${n}`));
    });
    const handshake = async (io: HandshakeIo) => {
      io.send('HELLO');
      await io.receive();
    };
    const onMessage = (text: string) => void messages.push(text);
    here.supervisor.connect({ url, protocol: lineWith({ ...late, handshake }), onMessage });
    await here.clock.run(50);
    expect(messages).toEqual(['first', 'second', ...Array.from({ length: 12 }, (_, n) => String(n))]);
    await expectNothingLeft(here);
  });

  test('delivers no message of a connection that close() has ended meanwhile, and agrees to nothing', async () => {
    const here = world(once);
    recordedFeed(here, (_, peer) => peer.write('WELCOME\nfirst\n'));
    const messages: string[] = [];
    const handshake = async (io: HandshakeIo) => {
      io.send('HELLO');
      await io.receive();
      void connection.close();
      return { info: 'agreed' };
    };
    const protocol = lineWith({ handshake });
    const connection = here.supervisor.connect({
      url,
      protocol,
      onMessage: (text) => void messages.push(text),
    });
    const agreed: unknown[] = [];
    connection.state$.subscribe(() => agreed.push(connection.agreed));
    await here.clock.run(50);
    await expect(connection.closed).resolves.toMatchObject({ reason: 'closed-by-us', proved: false });
    expect([messages, agreed.filter((info) => info !== undefined)]).toEqual([[], []]);
    await expectNothingLeft(here);
  });

  test('delivers no more of the frames that waited once a message of them has stopped the actor', async () => {
    const here = world(once);
    recordedFeed(here, (_, peer) => peer.write('WELCOME\nfirst\nsecond\n'));
    const messages: string[] = [];
    const handshake = async (io: HandshakeIo) => {
      io.send('HELLO');
      await io.receive();
    };
    const onMessage = (text: string) => {
      messages.push(text);
      here.supervisor.actor.stop();
    };
    here.supervisor.connect({ url, protocol: lineWith({ handshake }), onMessage });
    await here.clock.run(50);
    expect(messages).toEqual(['first']);
  });

  test('ends the incarnation as crashed when the protocol throws for a frame that waited', async () => {
    const here = world(once);
    recordedFeed(here, (_, peer) => peer.write('WELCOME\nfirst\n'));
    const handshake = async (io: HandshakeIo) => {
      io.send('HELLO');
      await io.receive();
    };
    const isInternal = () => {
      throw new Error('a bug');
    };
    const connection = here.supervisor.connect({ url, protocol: lineWith({ handshake, isInternal }) });
    await here.clock.run(50);
    await expect(connection.closed).resolves.toMatchObject({
      reason: 'crashed',
      detail: expect.stringContaining('a bug'),
    });
    await expectNothingLeft(here);
  });

  test('answers receive() with a rejection', async () => {
    const here = world(once);
    recordedFeed(here, answering);
    let io: HandshakeIo | undefined;
    const before: Promise<unknown>[] = [];
    const handshake = async (given: HandshakeIo) => {
      io = given;
      before.push(given.receive());
    };
    const connection = here.supervisor.connect({ url, protocol: lineWith({ handshake }) });
    await here.clock.run(50);
    expect(connection.state).toBe('alive');
    await expect(before[0]).rejects.toMatchObject({ code: 'closed' });
    await expect(io?.receive()).rejects.toMatchObject({ code: 'closed' });
    await expectNothingLeft(here);
  });
});

describe('handshake that ends with its connection', () => {
  test.each([
    ['its deadline', 'handshake-timeout', () => {}],
    ['a reset', 'reset', (peer: MemoryPeer) => peer.reset()],
    ['an end of the peer', 'cut-off', (peer: MemoryPeer) => peer.end()],
  ])(
    'rejects receive() and aborts its signal at %s; a rejection that nothing awaits is handled',
    async (_, reason, end) => {
      const here = world({ ...once, deadlines: { handshake: 1000 } });
      const { peers } = recordedFeed(here);
      let signal: AbortSignal | undefined;
      const handshake = (io: HandshakeIo) => {
        signal = io.signal;
        void io.receive();
        return new Promise<void>(() => {});
      };
      const connection = here.supervisor.connect({ url, protocol: lineWith({ handshake }) });
      await here.clock.run(50);
      end(peers[0] as MemoryPeer);
      await here.clock.run(2000);
      await expect(connection.closed).resolves.toMatchObject({ reason });
      expect(signal?.aborted).toBe(true);
      await expectNothingLeft(here);
    },
  );
});

test('handshake: the accepting side greets, too, and is told its address by about.url', async () => {
  const here = world();
  const seen: string[] = [];
  const handshake = async (io: HandshakeIo) => {
    seen.push(`${io.side} ${io.url.href}`);
    io.send(`I am ${io.side}`);
    await io.receive();
  };
  const protocol = lineWith({ handshake });
  await here.supervisor.listen({ url: 'memory://feed', protocol });
  const connection = here.supervisor.connect({ url, protocol });
  await here.clock.run(50);
  expect(connection.state).toBe('alive');
  expect(seen.sort()).toEqual(['accept memory://feed', 'dial memory://feed']);
  await expectNothingLeft(here);
});

test('about.url: a transport whose name is no scheme leaves the protocol an address that it can parse', async () => {
  const here = world();
  const transport = { ...here.network.transport, name: 'my transport' };
  const urls: string[] = [];
  here.network.serve('feed', () => {});
  const protocol = lineWith((about) => {
    urls.push(about.url.href);
    return {};
  });
  const taken = await new Promise<unknown>((resolve) => {
    void here.network.transport.listen?.(new URL('memory://bare'), { accepted: resolve } as never);
    here.supervisor.connect({ url: 'memory://bare', protocol: 'line' });
    void here.clock.run(50);
  });
  const connection = here.supervisor.accept(taken, { transport, protocol });
  await here.clock.run(50);
  expect(urls).toEqual(['unknown:']);
  expect(connection.state).toBe('alive');
  await expectNothingLeft(here);
});

test('heartbeats: a dialogue without a ping sends none in any mode, and is neither asked nor suspected for it', async () => {
  for (const mode of ['probe', 'announce', 'listen'] as const) {
    const here = world({ heartbeat: { interval: 1000, mode } });
    const { heard, peers } = recordedFeed(here);
    const protocol = lineWith({ ping: undefined as never, handshake: async () => {} });
    const connection = here.supervisor.connect({ url, protocol });
    await here.clock.run(1500);
    for (let n = 0; n < 10; n++) {
      peers[0]?.write('here\n');
      await here.clock.run(1000);
    }
    expect([mode, heard[0], connection.state]).toEqual([mode, '', 'alive']);
    connection.configure({ heartbeat: { interval: 500, mode } });
    peers[0]?.write('here\n');
    await here.clock.run(900);
    expect([mode, heard[0], connection.state]).toEqual([mode, '', 'alive']);
    await expectNothingLeft(here);
  }
}, 10_000);
