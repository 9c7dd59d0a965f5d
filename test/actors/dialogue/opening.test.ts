/** `onOpen`: what an application says first in each incarnation, and how it ends one. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Opening } from '../../../src/actors/incarnation/introduction.ts';
import { type HandshakeIo, type Protocol, Refused } from '../../../src/ports/protocol.ts';
import { framed } from '../../../src/protocols/framed.ts';
import { line } from '../../../src/protocols/line.ts';
import { websocketText } from '../../../src/protocols/websocket-text.ts';
import { memoryWebSockets } from '../../../src/testing/network/memory-websockets.ts';
import { expectNothingLeft, type World, world } from '../../support/world.ts';
import { answering, lazyLineWith, lineWith, recordedFeed } from './support.ts';

const url = 'memory://feed';
const quick = { backoff: { base: 100, cap: 100 } } as const;
const encoder = new TextEncoder();
const ignore = () => {};

/** Business lines that a peer received on one socket. */
const linesOf = (text: string | undefined) =>
  (text ?? '').split('\n').filter((each) => each !== '' && each !== 'PING');

describe('opening: what onOpen says', () => {
  test('leaves ahead of messages that wait, on each incarnation, and once', async () => {
    const here = world({ reconnect: quick });
    const { heard } = recordedFeed(here, answering);
    const calls: number[] = [];
    const feed = here.supervisor.connect({
      url,
      protocol: line(),
      onOpen: ({ incarnation, send }) => {
        calls.push(incarnation);
        void send('login');
        void send('subscribe');
      },
    });
    void feed.send('first');
    await here.clock.run(100);
    here.network.host('feed').down();
    await here.clock.run(1000);
    void feed.send('second');
    here.network.host('feed').up();
    await here.clock.run(1000);
    expect(heard.map(linesOf)).toEqual([
      ['login', 'subscribe', 'first'],
      ['login', 'subscribe', 'second'],
    ]);
    expect(calls).toEqual([1, feed.incarnation]);
    await expectNothingLeft(here);
  });

  test.each<[string, Protocol, (text: string) => unknown]>([
    ['a protocol that encodes as messages leave', lazyLineWith({}) as Protocol, (text) => text],
    ['a protocol whose dialling side only listens', framed() as Protocol, (text) => encoder.encode(text)],
  ])('goes first with %s', async (_, protocol, message) => {
    const here = world();
    const { heard } = recordedFeed(here, answering);
    const onOpen = ({ send }: Opening) => void send(message('login'));
    const feed = here.supervisor.connect({ url, protocol, onOpen });
    void feed.send(message('waited'));
    await here.clock.run(100);
    expect(feed.state).toBe('alive');
    expect(heard[0]?.match(/login|waited/g)).toEqual(['login', 'waited']);
    await expectNothingLeft(here);
  });

  test('follows the handshake of the protocol, and knows what was agreed', async () => {
    const here = world();
    const { heard } = recordedFeed(here, (text, peer) => {
      if (text.includes('HELLO')) peer.write('WELCOME\nnews\n');
    });
    const order: unknown[] = [];
    const handshake = async (io: HandshakeIo) => {
      io.send('HELLO');
      return { info: await io.receive() };
    };
    const feed = here.supervisor.connect({
      url,
      protocol: lineWith({ handshake }),
      onOpen: ({ agreed, send }, connection) => {
        order.push([agreed, connection.agreed, connection.state]);
        void send('login');
      },
      onMessage: (message) => order.push(message),
    });
    void feed.send('waited');
    await here.clock.run(100);
    expect(order).toEqual([['WELCOME', 'WELCOME', 'connecting'], 'news']);
    expect(linesOf(heard[0])).toEqual(['HELLO', 'login', 'waited']);
    await expectNothingLeft(here);
  });

  test('may be longer than a slice, and does not count in the outbox', async () => {
    const here = world({ outbox: { messages: 1 } });
    const { heard } = recordedFeed(here, answering);
    const long = 'x'.repeat(60_000);
    const feed = here.supervisor.connect({
      url,
      protocol: line(),
      onOpen: ({ send }) => {
        for (let n = 0; n < 20; n++) void send(`${n} ${long}`);
      },
    });
    void feed.send('waited');
    await here.clock.run(2000);
    expect(linesOf(heard[0]).map((each) => each.split(' ')[0])).toEqual([
      ...Array.from({ length: 20 }, (_, n) => String(n)),
      'waited',
    ]);
    await expectNothingLeft(here);
  });

  test('goes first on a WebSocket, which an upgrade proves', async () => {
    const here = world();
    const sockets = memoryWebSockets(here.network);
    const heard: unknown[] = [];
    sockets.serve('feed', (peer) => {
      peer.onMessage = (message) => heard.push(message);
    });
    const feed = here.supervisor.connect({
      url: 'ws://feed/',
      transport: sockets.transport,
      protocol: websocketText({ ping: 'ping', pong: 'pong' }),
      onOpen: ({ send }) => void send('login'),
    });
    void feed.send('waited');
    await here.clock.run(200);
    expect(heard).toEqual(['login', 'waited']);
    await expectNothingLeft(here);
  });
});

describe('opening: a promise of onOpen', () => {
  /** Logs in: the peer answers `login` with `answer`, after a second. */
  function slowLogin(answer: string, deadlines: { readonly handshake?: number } = {}, reconnect = {}) {
    const here = world({ deadlines, reconnect: { ...quick, ...reconnect } });
    const feed = recordedFeed(here, (text, peer) => {
      answering(text, peer);
      if (text.includes('login')) here.clock.scheduler.schedule(() => peer.write(`${answer}\nnews\n`), 1000);
    });
    const seen: string[] = [];
    let answered: (text: string) => void = ignore;
    const connection = here.supervisor.connect({
      url,
      protocol: line(),
      heartbeat: { interval: 300 },
      onOpen: async ({ send }) => {
        const login = new Promise<string>((resolve) => {
          answered = resolve;
        });
        void send('login');
        if ((await login) === 'denied') throw new Refused({ reason: 'unauthorized', code: 'E7' });
      },
      onMessage: (text) => {
        seen.push(text);
        answered(text);
      },
    });
    return { here, connection, seen, ...feed };
  }

  test('holds messages, alive and ready() back, while the peer is heard and heartbeats go on', async () => {
    const { here, connection, seen, heard } = slowLogin('granted');
    void connection.send('waited');
    let isReady = false;
    connection.ready().then(() => {
      isReady = true;
    });
    await here.clock.run(900);
    expect([connection.state, isReady, linesOf(heard[0])]).toEqual(['connecting', false, ['login']]);
    expect(heard[0]?.match(/PING/g)?.length).toBeGreaterThan(2);
    await here.clock.run(200);
    expect([connection.state, isReady, linesOf(heard[0])]).toEqual(['alive', true, ['login', 'waited']]);
    expect(seen).toEqual(['granted', 'news']);
    await expectNothingLeft(here);
  });

  test('that rejects with Refused ends the incarnation with that failure', async () => {
    const { here, connection, heard } = slowLogin('denied');
    void connection.send('waited').catch(ignore);
    await here.clock.run(5000);
    expect(await connection.closed).toMatchObject({
      reason: 'unauthorized',
      code: 'E7',
      class: 'fatal',
      proved: true,
      livedMs: 0,
    });
    expect(linesOf(heard[0])).toEqual(['login']);
    expect(here.reported).toEqual([]);
    await expectNothingLeft(here);
  });

  test('that takes longer than deadlines.handshake is a handshake-timeout, whose detail names onOpen', async () => {
    const { here, connection } = slowLogin('granted', { handshake: 500 }, { maxAttempts: 1 });
    await here.clock.run(5000);
    expect(await connection.closed).toMatchObject({
      reason: 'handshake-timeout',
      detail: expect.stringContaining('onOpen'),
    });
    await expectNothingLeft(here);
  });

  test('does not count as lived time: a login that is refused late makes no connection stable', async () => {
    const { here, connection } = slowLogin('denied', { handshake: 60_000 }, { stableAfter: 100 });
    await here.clock.run(5000);
    expect(await connection.closed).toMatchObject({ proved: true, livedMs: 0 });
    await expectNothingLeft(here);
  });

  test('is left alone by close(), which says goodbye and aborts the signal', async () => {
    const here = world();
    const { peers } = recordedFeed(here, answering);
    let ended = false;
    let aborted: unknown;
    const feed = here.supervisor.connect({
      url,
      protocol: line(),
      onOpen: ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            aborted = signal.reason;
            reject(signal.reason);
          });
        }),
    });
    const waiting = feed.send('waited');
    await here.clock.run(100);
    const [peer] = peers;
    if (peer)
      peer.onEnd = () => {
        ended = true;
        peer.end();
      };
    void feed.close();
    await here.clock.run(3000);
    await expect(waiting).rejects.toMatchObject({ outcome: 'never-sent' });
    expect([ended, aborted, here.reported]).toEqual([true, expect.objectContaining({ code: 'closed' }), []]);
    expect(await feed.closed).toMatchObject({ reason: 'closed-by-us' });
    await expectNothingLeft(here);
  });
});

describe('opening: an exception of onOpen', () => {
  const thrown = new Error('no such topic');
  test.each<[string, () => unknown]>([
    [
      'that is thrown',
      () => {
        throw thrown;
      },
    ],
    ['that is rejected with', () => Promise.reject(thrown)],
  ])('%s reaches onError, and ends the incarnation as crashed', async (_, onOpen) => {
    const here = world({ reconnect: { ...quick, crashes: { max: 1 } } });
    recordedFeed(here, answering);
    const feed = here.supervisor.connect({ url, protocol: line(), onOpen });
    await here.clock.run(5000);
    expect(await feed.closed).toMatchObject({ reason: 'crashed', error: thrown });
    expect(here.reported).toEqual([
      [thrown, 'onOpen'],
      [thrown, 'onOpen'],
    ]);
    await expectNothingLeft(here);
  });

  test('for a message that the protocol cannot carry is the rejection of its send alone', async () => {
    const here = world();
    recordedFeed(here, answering);
    let refusal: unknown;
    const onOpen = ({ send }: Opening<string>) =>
      send('two\nlines').catch((error) => {
        refusal = error;
      });
    const feed = here.supervisor.connect({ url, protocol: line(), onOpen });
    await here.clock.run(100);
    expect([feed.state, refusal]).toEqual(['alive', expect.objectContaining({ code: 'bad-message' })]);
    await expectNothingLeft(here);
  });
});

describe('opening: its send', () => {
  test('works until the incarnation ends, waits while it is suspect, and never reaches the next one', async () => {
    const here = world({
      reconnect: quick,
      heartbeat: { interval: 1000, suspectAfter: { min: 100, max: 300 }, condemnAfter: 1000 },
    });
    const { heard } = recordedFeed(here, answering);
    const openings: Opening<string>[] = [];
    const feed = here.supervisor.connect({
      url,
      protocol: line(),
      onOpen: (opening) => {
        openings.push(opening);
      },
    });
    await here.clock.run(100);
    const early = openings[0]?.send('early');
    await here.clock.run(100);
    await expect(early).resolves.toMatchObject({ outcome: 'written', incarnation: 1 });
    here.network.host('feed').freeze();
    await here.clock.until(() => feed.state === 'suspect', 5000);
    const held = openings[0]?.send('held');
    await here.clock.until(() => feed.incarnation === 2, 5000);
    await expect(held).rejects.toMatchObject({ outcome: 'never-sent' });
    await expect(openings[0]?.send('late')).rejects.toMatchObject({ outcome: 'never-sent' });
    expect(openings[0]?.signal.aborted).toBe(true);
    here.network.host('feed').thaw();
    await here.clock.run(5000);
    expect(heard.flatMap(linesOf)).toEqual(['early']);
    const last = feed.send('last');
    await here.clock.run(100);
    await expect(last).resolves.toMatchObject({ incarnation: feed.incarnation });
    await expectNothingLeft(here);
  });
});

test('opening: connect refuses an onOpen that is no function', async () => {
  const here = world();
  expect(() => here.supervisor.connect({ url, protocol: line(), onOpen: 'login' as never })).toThrow(
    /onOpen: "login" is not valid; expected a function/,
  );
  expect([...here.supervisor.connections]).toEqual([]);
  await expectNothingLeft(here);
});

test('opening: a spec that follows a close brings its own onOpen', async () => {
  const here = world();
  const { heard } = recordedFeed(here, answering);
  const connect = (word: string) =>
    here.supervisor.connect({ id: 'one', url, protocol: line(), onOpen: ({ send }) => void send(word) });
  const feed = connect('old');
  await here.clock.run(100);
  void feed.close();
  connect('new');
  await here.clock.run(3000);
  expect(heard.map(linesOf)).toEqual([['old'], ['new']]);
  await expectNothingLeft(here);
});

/** Sends, cuts and restarts at random; each incarnation says three lines first, some after a wait. */
async function lived(here: World, steps: readonly Step[], waits: readonly number[]) {
  const { heard } = recordedFeed(here, answering);
  const host = here.network.host('feed');
  let number = 0;
  const feed = here.supervisor.connect({
    url,
    protocol: line(),
    onOpen: async ({ incarnation, send }) => {
      for (let n = 0; n < 3; n++) {
        void send(`first ${incarnation} ${n}`);
        const ms = waits[(incarnation + n) % waits.length] ?? 0;
        if (ms > 0) await new Promise((resolve) => here.clock.scheduler.schedule(resolve, ms));
      }
    },
  });
  for (const [kind, ms] of steps) {
    if (kind === 'send') void feed.send(`message ${++number}`);
    if (kind === 'cut' || kind === 'down') host.down();
    if (kind === 'cut' || kind === 'up') host.up();
    await here.clock.run(ms);
  }
  host.up();
  await here.clock.run(60_000);
  return heard.map(linesOf);
}

type Step = readonly ['send' | 'cut' | 'down' | 'up' | 'pass', number];
const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom('send', 'send', 'send', 'cut', 'down', 'up', 'pass'),
  fc.integer({ min: 0, max: 400 }),
);

test('opening: over random cuts and restarts each socket hears first what onOpen says, and no message twice', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 30 }),
      fc.array(fc.constantFrom(0, 0, 5, 300), { minLength: 1, maxLength: 5 }),
      async (steps, waits) => {
        const here = world({ reconnect: { backoff: { base: 50, cap: 50 } } });
        const sockets = await lived(here, steps, waits);
        for (const lines of sockets) {
          const first = lines.slice(0, 3);
          const incarnation = first[0]?.split(' ')[1];
          expect(first).toEqual([0, 1, 2].slice(0, first.length).map((n) => `first ${incarnation} ${n}`));
          expect(lines.slice(3).every((each) => each.startsWith('message'))).toBe(true);
        }
        const messages = sockets.flatMap((lines) => lines.slice(3));
        expect(new Set(messages).size).toBe(messages.length);
        await expectNothingLeft(here);
      },
    ),
    { numRuns: 60 },
  );
});
