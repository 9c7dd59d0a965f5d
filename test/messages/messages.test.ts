/** Messages of a supervised connection on their way out, in virtual time. */
import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../src/actors/supervisor/handle.ts';
import { DeliveryError } from '../../src/base/errors.ts';
import type { Receipt } from '../../src/messages/receipts.ts';
import { line } from '../../src/protocols/line.ts';
import type { MemoryPeer } from '../../src/testing/network/memory-peer.ts';
import type { Timekeeper } from '../../src/time/timekeeper.ts';
import { expectNothingLeft, lineServer, type World, world } from '../support/world.ts';

type Options = Parameters<typeof world>[0];

/** What became of each message so far, in the order in which its sender learned it. */
class Diary {
  readonly entries: string[] = [];

  follow(name: string, receipt: Promise<Receipt>): void {
    receipt.then(
      ({ outcome }) => this.entries.push(`${name} ${outcome}`),
      (error) => this.entries.push(`${name} ${error instanceof DeliveryError ? error.outcome : error}`),
    );
  }

  confirmation(name: string, receipt: Promise<Receipt>): void {
    receipt.then(({ confirmed }) => confirmed.then((what) => this.entries.push(`${name} ${what}`)));
  }
}

interface Stage extends World {
  readonly connection: Connection<string>;
  readonly diary: Diary;
  /** The lines that reached the server, heartbeats left out; one list for each connection. */
  readonly lines: string[][];
  /** Ends of the connections at the server. */
  readonly peers: MemoryPeer[];
  /** Pings that reached the server. */
  pings: number;
}

/** A line server that answers pings, unless it is told not to. */
function stage(options: Options & { answers?: boolean; up?: boolean } = {}): Stage {
  const { answers = true, up = true, ...rest } = options;
  const around = world(rest);
  const lines: string[][] = [];
  const peers: MemoryPeer[] = [];
  const serve = (peer: MemoryPeer) => {
    const read: string[] = [];
    lines.push(read);
    peers.push(peer);
    let part = '';
    peer.onData = (chunk) => {
      const all = (part + new TextDecoder().decode(chunk)).split('\n');
      part = all.pop() ?? '';
      read.push(...all.filter((text) => text !== 'PING'));
      for (const text of all) {
        if (text !== 'PING') continue;
        here.pings++;
        if (answers || here.pings === 1) peer.write('PONG\n');
      }
    };
  };
  if (up) around.network.serve('feed', serve);
  const connection = around.supervisor.connect<string>({ id: 'feed', url: 'memory://feed' });
  const here: Stage = { ...around, connection, diary: new Diary(), lines, peers, pings: 0 };
  return here;
}

function post({ connection, diary }: Stage, names: string, options = {}): void {
  for (const name of names) diary.follow(name, connection.send(name, options));
}

async function alive(options: Parameters<typeof stage>[0] = {}): Promise<Stage> {
  const here = stage(options);
  await here.clock.run(10);
  expect(here.connection.state).toBe('alive');
  return here;
}

describe('messages: send()', () => {
  test('before the connection is alive waits, and is counted', async () => {
    const here = stage();
    post(here, 'abc');
    expect(here.connection.buffered).toEqual({ messages: 3, bytes: 6 });
    await here.clock.run(10);
    expect(here.diary.entries).toEqual(['a written', 'b written', 'c written']);
    expect([here.lines, here.connection.buffered]).toEqual([[['a', 'b', 'c']], { messages: 0, bytes: 0 }]);
  });

  test('counts also what the socket has not taken', async () => {
    const here = await alive({ outbox: { bytes: 1e6 } });
    Object.assign(here.network.host('feed'), { windowBytes: 100_000 }).freeze();
    const text = 'x'.repeat(60_000);
    for (let n = 0; n < 100; n++) void here.connection.send(text);
    await here.clock.run(100);
    const { messages, bytes } = here.connection.buffered;
    expect(bytes).toBe(messages * 60_001);
    expect(messages).toBeGreaterThan(16);
  });

  test.each([
    ['ends', () => {}],
    ['begins a new life of', (connection: Connection<string>) => connection.reconnect()],
  ])('of a message whose encoding %s the connection is settled', async (_what, then) => {
    const plain = line();
    const encode = (text: string) => {
      void here.connection.close();
      then(here.connection);
      return plain.encode(text);
    };
    const here = stage({ up: false, protocols: { line: () => ({ ...plain, encode }) } });
    await here.clock.run(10);
    const { signal } = new AbortController();
    post(here, 'a', { signal });
    void here.connection.close();
    await here.clock.run(10);
    expect(here.diary.entries).toEqual(['a never-sent']);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('options that make no sense are a ConfigError, and nothing is sent', async () => {
    const here = await alive();
    const bad: [object, string][] = [
      [{ signal: null }, 'signal: null is not valid; expected an AbortSignal'],
      [{ expiresIn: 'soon' }, 'expiresIn: "soon" is not valid; expected a duration of at least 1ms'],
      [{ expiresIn: 0 }, 'expiresIn: 0 is not valid'],
      [{ expiresIn: Number.NaN }, 'expiresIn: NaN is not valid'],
      [{ signal: {} }, 'signal: an object is not valid; expected an AbortSignal'],
    ];
    for (const [options, message] of bad) {
      await expect(here.connection.send('x', options)).rejects.toThrow(message);
    }
    await here.clock.run(10);
    expect([here.lines, here.connection.state]).toEqual([[[]], 'alive']);
    const receipt = here.connection.send('y', null as never);
    await here.clock.run(10);
    expect(await receipt).toMatchObject({ outcome: 'written' });
  });
});

describe('messages: a full outbox', () => {
  test.each([
    ['reject', ['c never-sent', 'd never-sent'], ['a', 'b']],
    ['drop-newest', ['c evicted', 'd evicted'], ['a', 'b']],
    ['drop-oldest', ['a evicted', 'b evicted'], ['c', 'd']],
  ] as const)('with %s: exact outcomes, in order', async (overflow, refused, arrived) => {
    const here = stage({ outbox: { messages: 2, overflow } });
    post(here, 'abcd');
    await here.clock.run(10);
    expect(here.diary.entries).toEqual([...refused, ...arrived.map((name) => `${name} written`)]);
    expect(here.lines).toEqual([arrived]);
  });

  test.each(['reject', 'drop-newest', 'drop-oldest'] as const)(
    'with %s leaves no unhandled rejection when the receipts are ignored',
    async (overflow) => {
      const unhandled: unknown[] = [];
      const note = (reason: unknown) => unhandled.push(reason);
      process.on('unhandledRejection', note);
      const here = stage({ outbox: { messages: 1, overflow, age: 5 }, up: false });
      const abort = new AbortController();
      for (const name of 'abcd') void here.connection.send(name, { signal: abort.signal });
      void here.connection.send('e', { expiresIn: 'never' as never });
      abort.abort();
      void here.connection.send('f', { signal: abort.signal });
      void here.connection.send('g');
      await here.clock.run(20);
      void here.connection.send('h');
      await here.connection.close();
      void here.connection.send('i');
      await new Promise((resolve) => setImmediate(resolve));
      process.off('unhandledRejection', note);
      expect(unhandled).toEqual([]);
    },
  );
});

describe('messages: a message expires', () => {
  test('after its own time, or that of the policy, whichever is sooner', async () => {
    const here = stage({ up: false, outbox: { age: '2s' } });
    post(here, 'a');
    post(here, 'b', { expiresIn: '5s' });
    post(here, 'c', { expiresIn: 500 });
    await here.clock.run(499);
    expect(here.diary.entries).toEqual([]);
    await here.clock.run(1);
    expect(here.diary.entries).toEqual(['c expired']);
    await here.clock.run(1500);
    expect(here.diary.entries).toEqual(['c expired', 'a expired', 'b expired']);
    expect(here.connection.buffered).toEqual({ messages: 0, bytes: 0 });
  });

  test('while it is held, and is not sent when the connection comes back', async () => {
    const here = stage({ up: false, reconnect: { backoff: { jitter: 'none' } } });
    post(here, 'a', { expiresIn: '500ms' });
    post(here, 'b');
    await here.clock.run(400);
    here.network.serve('feed', (peer) => {
      here.lines.push([]);
      lineServer(peer);
    });
    await here.clock.run(1000);
    expect(here.diary.entries).toEqual(['a expired', 'b written']);
  });

  test('never once it has begun to leave', async () => {
    const here = await alive();
    here.network.host('feed').freeze();
    post(here, 'a', { expiresIn: 10 });
    await here.clock.run(100);
    expect(here.diary.entries).toEqual(['a written']);
  });

  test('takes no timer when nothing can expire', async () => {
    const here = await alive();
    const { size } = Reflect.get(here.supervisor, 'timekeeper') as Timekeeper;
    here.network.host('feed').freeze();
    post(here, 'abc');
    expect(Reflect.get(here.supervisor, 'timekeeper')).toMatchObject({ size });
    post(here, 'd', { expiresIn: '1h' });
    await expectNothingLeft(here);
  });
});

describe('messages: a message that is aborted', () => {
  test('while it waits is taken out, and the others keep their order', async () => {
    const here = stage();
    const abort = new AbortController();
    post(here, 'a');
    post(here, 'b', { signal: abort.signal });
    post(here, 'c');
    post(here, 'd', { signal: abort.signal });
    abort.abort(new Error('changed my mind'));
    expect(here.connection.buffered.messages).toBe(2);
    await here.clock.run(10);
    expect(here.diary.entries).toEqual(['b never-sent', 'd never-sent', 'a written', 'c written']);
    expect(here.lines).toEqual([['a', 'c']]);
  });

  test('says why', async () => {
    const here = stage();
    const sent = here.connection.send('x', { signal: AbortSignal.abort('because') });
    await expect(sent).rejects.toMatchObject({ outcome: 'never-sent', cause: 'because' });
  });

  test('once it has begun to leave goes on', async () => {
    const here = await alive();
    const abort = new AbortController();
    post(here, 'a', { signal: abort.signal });
    abort.abort();
    await here.clock.run(10);
    expect([here.diary.entries, here.lines]).toEqual([['a written'], [['a']]]);
  });

  test('leaves no listener behind, whatever became of it', async () => {
    const here = stage({ outbox: { messages: 2, overflow: 'drop-oldest' } });
    const { signal } = new AbortController();
    post(here, 'abc', { signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await here.clock.run(10);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('messages: a confirmation', () => {
  test('comes with the answer to a ping that reading `confirmed` sends', async () => {
    const here = await alive();
    const [{ pings }, sent] = [here, here.connection.send('a')];
    here.diary.confirmation('a', sent);
    await here.clock.run(10);
    expect([here.diary.entries, here.pings]).toEqual([['a confirmed'], pings + 1]);
  });

  test('of many messages takes a ping or two', async () => {
    const here = await alive();
    const { pings } = here;
    for (const name of 'abcdefghij') here.diary.confirmation(name, here.connection.send(name));
    await here.clock.run(20);
    expect(here.diary.entries).toEqual(Array.from('abcdefghij', (name) => `${name} confirmed`));
    expect(here.pings - pings).toBeLessThanOrEqual(2);
  });

  test('comes with a heartbeat that was due anyway', async () => {
    const here = await alive();
    const receipt = await Promise.all([here.connection.send('a'), here.clock.run(11_000)]);
    const { pings } = here;
    await expect(receipt[0].confirmed).resolves.toBe('confirmed');
    expect(here.pings).toBe(pings);
  });

  test('does not come when the peer dies without an answer', async () => {
    const here = await alive();
    here.network.host('feed').freeze();
    here.diary.confirmation('a', here.connection.send('a'));
    await here.clock.run(9000);
    expect(here.diary.entries).toEqual([]);
    await here.clock.run(12_000);
    expect([here.diary.entries, here.lines[0]]).toEqual([['a written-unconfirmed'], []]);
  });

  test('never comes for what the socket still held when it died', async () => {
    const here = await alive();
    here.network.host('feed').freeze();
    for (let n = 0; n < 3; n++) void here.connection.send('x'.repeat(50_000));
    here.diary.follow('a', here.connection.send('a'));
    here.diary.confirmation('a', here.connection.send('a'));
    here.network.host('feed').down();
    await here.clock.run(10);
    expect(here.diary.entries).toContain('a written');
    expect(here.diary.entries).toContain('a written-unconfirmed');
  });

  test.each([
    ['announce', { reply: false }],
    ['listen', { mode: 'listen' }],
  ] as const)('never comes in a mode without probes: %s', async (_mode, heartbeat) => {
    const here = await alive({ heartbeat });
    here.diary.confirmation('a', here.connection.send('a'));
    await here.clock.run(1000);
    expect(here.diary.entries).toEqual([]);
    await Promise.all([here.connection.close(), here.clock.run(100)]);
    expect(here.diary.entries).toEqual(['a written-unconfirmed']);
  });
});

describe('messages: while it is suspect', () => {
  const heartbeat = { interval: '1s', condemnAfter: '3s' } as const;

  test('nothing more is written, and what was held goes out on the next incarnation, once', async () => {
    const here = await alive({ heartbeat, reconnect: { backoff: { jitter: 'none', base: 100 } } });
    here.network.host('feed').freeze();
    await here.clock.run(2500);
    expect(here.connection.state).toBe('suspect');
    post(here, 'abc');
    await here.clock.run(500);
    expect([here.diary.entries, here.connection.buffered.messages]).toEqual([[], 3]);
    await here.clock.run(3000);
    here.network.host('feed').thaw();
    await here.clock.run(2000);
    expect(here.diary.entries).toEqual(['a written', 'b written', 'c written']);
    expect(here.lines.filter((lines) => lines.length > 0)).toEqual([['a', 'b', 'c']]);
    expect(here.connection.incarnation).toBeGreaterThan(1);
  });

  test('what was held goes out in order when it is alive again', async () => {
    const here = await alive({ heartbeat });
    here.network.host('feed').freeze();
    await here.clock.run(2500);
    post(here, 'abc');
    here.network.host('feed').thaw();
    await here.clock.run(100);
    expect([here.lines, here.connection.incarnation]).toEqual([[['a', 'b', 'c']], 1]);
  });
});
