/** Last words of this side, and what an end of the peer means to a protocol. */
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/actors/supervisor/handle.ts';
import type { MemoryPeer } from '../../../src/testing/network/memory-peer.ts';
import { expectNothingLeft, world } from '../../support/world.ts';
import { answering, type Change, lazyLineWith, lineWith, recordedFeed } from './support.ts';

const url = 'memory://feed';
const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('goodbye: the last words of a protocol', () => {
  const goodbye = (why: string) => bytesOf(`QUIT ${why}\n`);

  test.each([
    ['close()', {}, 'closed-by-us', 0],
    ['deadlines.idle', { deadlines: { idle: 3000 } }, 'idle-timeout', 4000],
    ['deadlines.maxAge', { deadlines: { maxAge: 3000 } }, 'max-age', 3100],
  ] as const)(
    'follow %s, after the messages that wait, before the end of the stream',
    async (_, policy, why, ms) => {
      const here = world({ ...policy, heartbeat: { interval: '1h' } });
      const { heard } = recordedFeed(here, answering);
      const connection = here.supervisor.connect({ url, protocol: lineWith({ goodbye }) });
      await here.clock.run(50);
      void connection.send('last order');
      await here.clock.run(ms);
      if (ms === 0) void connection.close();
      await here.clock.run(100);
      expect(heard[0]).toMatch(new RegExp(`last order\nQUIT ${why}\n$`));
      await expectNothingLeft(here);
    },
  );

  test('follow stop() of the supervisor', async () => {
    const here = world();
    const { heard } = recordedFeed(here, answering);
    here.supervisor.connect({ url, protocol: lineWith({ goodbye }) });
    await here.clock.run(50);
    await expectNothingLeft(here);
    expect(heard[0]).toMatch(/QUIT closed-by-us\n$/);
  });

  test('are not said to a peer that was condemned, nor before the handshake is done', async () => {
    const here = world({
      heartbeat: { interval: 500, condemnAfter: 500 },
      reconnect: { restart: 'temporary' },
    });
    const { heard } = recordedFeed(here, () => {});
    here.supervisor.connect({ url, id: 'mute', protocol: lineWith({ goodbye, handshake: async () => {} }) });
    const greeting = here.supervisor.connect({
      url,
      id: 'greeting',
      protocol: lineWith({ goodbye, handshake: () => new Promise(() => {}) }),
    });
    await here.clock.run(100);
    void greeting.close();
    await here.clock.run(5000);
    expect(here.states('mute')).toContain('closing>closed:heartbeat-timeout');
    expect(heard.join()).not.toContain('QUIT');
    await expectNothingLeft(here);
  });

  test('that throw leave a plain end of the stream', async () => {
    const here = world();
    const { heard } = recordedFeed(here, answering);
    const protocol = lineWith({
      goodbye: () => {
        throw new Error('mute');
      },
    });
    const connection = here.supervisor.connect({ url, protocol });
    await here.clock.run(50);
    void connection.close();
    await here.clock.run(50);
    await expect(connection.closed).resolves.toMatchObject({ reason: 'closed-by-us' });
    expect(heard[0]).toBe('PING\n');
    await expectNothingLeft(here);
  });
});

describe('goodbye: a protocol whose peer answers it', () => {
  const state = { ends: [] as number[] };
  /** With the time at which the stream of the dialling side ended, counted from the end or close() that caused it. */
  async function parting(change: Change, cause: (connection: Connection, peer: MemoryPeer) => void) {
    const here = world({ reconnect: { restart: 'temporary' } });
    const { heard, peers } = recordedFeed(here, answering);
    const connection = here.supervisor.connect({
      url,
      protocol: lineWith({ awaitsAnswer: true, ...change }),
    });
    await here.clock.run(50);
    const peer = peers[0] as MemoryPeer;
    const began = here.clock.scheduler.now();
    state.ends = [];
    peer.onEnd = () => state.ends.push(here.clock.scheduler.now() - began);
    cause(connection as never, peer);
    await here.clock.run(500);
    return { ...here, heard: heard[0], peer };
  }
  const goodbye = () => bytesOf('QUIT\n');

  test('ends its stream when the peer has ended, and not before', async () => {
    const here = await parting({ goodbye }, (connection) => void connection.close());
    expect([here.heard, state.ends]).toEqual(['PING\nQUIT\n', []]);
    here.peer.end();
    await here.clock.run(20);
    expect(state.ends).toHaveLength(1);
    await expectNothingLeft(here);
  });

  test('sends the messages that wait, and its own words, after the end of the peer, and then ends at once', async () => {
    const here = await parting({ goodbye }, (connection, peer) => {
      peer.end();
      for (let n = 0; n < 4; n++) void connection.send('x'.repeat(60_000));
    });
    expect(here.heard?.replace(/x+/g, 'x')).toBe('PING\nx\nx\nx\nx\nQUIT\n');
    expect(state.ends[0]).toBeLessThan(100);
    await expectNothingLeft(here);
  });

  test.each([
    ['says nothing', () => undefined],
    [
      'throws',
      () => {
        throw new Error('mute');
      },
    ],
  ])('ends its stream at once when goodbye %s', async (_, mute) => {
    const here = await parting({ goodbye: mute }, (connection) => void connection.close());
    expect(state.ends[0]).toBeLessThan(100);
    await expectNothingLeft(here);
  });
});

describe('ended: what an end of the stream means is said by the protocol', () => {
  test('such as going-away with a code, between two frames', async () => {
    const here = world({ reconnect: { restart: 'temporary' } });
    const { peers } = recordedFeed(here, answering);
    const ended = () => ({ reason: 'going-away', code: 320 }) as const;
    const connection = here.supervisor.connect({ url, protocol: lineWith({ ended }) });
    await here.clock.run(50);
    peers[0]?.end();
    await here.clock.run(50);
    await expect(connection.closed).resolves.toMatchObject({ reason: 'going-away', code: 320 });
    await expectNothingLeft(here);
  });

  test('but inside a frame it is cut off', async () => {
    const here = world({ reconnect: { restart: 'temporary' } });
    const { peers } = recordedFeed(here, answering);
    const ended = () => ({ reason: 'going-away' }) as const;
    const connection = here.supervisor.connect({ url, protocol: lineWith({ ended }) });
    await here.clock.run(50);
    peers[0]?.write('half a li');
    peers[0]?.end();
    await here.clock.run(50);
    await expect(connection.closed).resolves.toMatchObject({ reason: 'cut-off' });
    await expectNothingLeft(here);
  });
});

describe('encode of a dialogue', () => {
  test('is called when a message leaves, with the state of that incarnation', async () => {
    const here = world();
    const { heard } = recordedFeed(here, answering);
    let dialogues = 0;
    const protocol = lazyLineWith(() => {
      const own = ++dialogues;
      let sent = 0;
      return { encode: (text) => bytesOf(`${own}.${++sent} ${text}\n`) };
    });
    const connection = here.supervisor.connect({ url, protocol });
    const receipts = [connection.send('a'), connection.send('b')];
    await here.clock.run(100);
    await Promise.all(receipts);
    expect(heard[0]).toBe('PING\n1.1 a\n1.2 b\n');
    await expectNothingLeft(here);
  });

  test('that refuses a message rejects that one alone; any other error ends the incarnation as crashed', async () => {
    const here = world();
    const { heard } = recordedFeed(here, answering);
    const protocol = lazyLineWith({
      encode: (text) => {
        if (text === 'bug') throw new Error('a bug');
        return bytesOf(`${text}\n`);
      },
    });
    const connection = here.supervisor.connect({ url, protocol });
    await here.clock.run(50);
    await expect(connection.send('bug')).rejects.toMatchObject({ outcome: 'never-sent' });
    await here.clock.run(5000);
    expect(here.states()).toContain('closing>closed:crashed');
    void connection.send('fine');
    await here.clock.run(50);
    expect(heard[1]).toContain('fine\n');
    await expectNothingLeft(here);
  });
});
