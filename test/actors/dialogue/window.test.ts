/** A protocol with a window of unacknowledged messages, and warnings of protocols. */
import { describe, expect, test } from 'vitest';
import { HoldfastError } from '../../../src/base/errors.ts';
import type { MemoryPeer } from '../../../src/testing/network/memory-peer.ts';
import { expectNothingLeft, world } from '../../support/world.ts';
import { answering, lazyLineWith, lineWith, recordedFeed } from './support.ts';

const url = 'memory://feed';

test('full: messages wait in the outbox while a window is full, heartbeats go on, and a frame of the peer lets them go', async () => {
  const here = world({ heartbeat: { interval: 1000 } });
  const { peers, heard } = recordedFeed(here, answering);
  let open = 0;
  const protocol = lazyLineWith({
    encode: (text) => {
      open++;
      return new TextEncoder().encode(`${text}\n`);
    },
    get full() {
      return open >= 2;
    },
    isInternal: (frame) => frame === 'ACK',
    acknowledges: (frame) => {
      if (frame === 'ACK') open--;
      return undefined;
    },
  });
  const connection = here.supervisor.connect({ url, protocol });
  await here.clock.run(10);
  for (const text of ['a', 'b', 'c', 'd']) void connection.send(text);
  await here.clock.run(3000);
  expect(heard[0]?.replaceAll('PING\n', '')).toBe('a\nb\n');
  expect(heard[0]?.match(/PING/g)?.length).toBeGreaterThanOrEqual(3);
  expect(connection.buffered.messages).toBe(2);
  peers[0]?.write('ACK\n');
  await here.clock.run(10);
  expect(heard[0]?.replaceAll('PING\n', '')).toBe('a\nb\nc\n');
  peers[0]?.write('ACK\nACK\n');
  await here.clock.run(10);
  expect(heard[0]?.replaceAll('PING\n', '')).toBe('a\nb\nc\nd\n');
  await expectNothingLeft(here);
});

test('full: a window that stays full until deadlines.close ends with the goodbye, and what waits is never-sent', async () => {
  const here = world({ deadlines: { close: 1000 } });
  const { heard } = recordedFeed(here, answering);
  const protocol = lazyLineWith({ full: true, goodbye: () => new TextEncoder().encode('BYE\n') });
  const connection = here.supervisor.connect({ url, protocol });
  await here.clock.run(100);
  const sent = connection.send('a').catch((error: unknown) => error);
  void connection.close();
  await here.clock.run(900);
  expect(heard[0]).not.toContain('BYE');
  await here.clock.run(200);
  expect(heard[0]).toMatch(/BYE\n$/);
  expect(await sent).toMatchObject({ outcome: 'never-sent' });
  expect(await connection.closed).toMatchObject({ reason: 'closed-by-us' });
  await expectNothingLeft(here);
});

test('warn: a protocol publishes the event warning, printable, and the connection goes on', async () => {
  const here = world();
  recordedFeed(here, answering);
  const protocol = lineWith((about) => ({
    handshake: async () => about.warn('taken by\u0007 tcp://u:secret@h/ again'),
  }));
  const connection = here.supervisor.connect({ id: 'feed', url, protocol });
  await here.clock.run(100);
  expect(here.events).toContainEqual({
    event: 'warning',
    connection: 'feed',
    url,
    incarnation: 1,
    detail: 'taken by tcp://***@h/ again',
  });
  expect(connection.state).toBe('alive');
  await expectNothingLeft(here);
});

describe('full: a window of one message, closed when the connection ends', () => {
  async function held(...texts: string[]) {
    const here = world({ reconnect: { backoff: { base: 100, cap: 100 } } });
    const { heard, peers } = recordedFeed(here, answering);
    const protocol = lazyLineWith(() => {
      let open = 0;
      return {
        encode: (text) => {
          if (text === 'bad') throw new HoldfastError('bad-message', 'cannot be carried');
          open++;
          return new TextEncoder().encode(`${text}\n`);
        },
        get full() {
          return open >= 1;
        },
        isInternal: (frame) => {
          if (frame === 'ACK') open--;
          return frame === 'ACK';
        },
        goodbye: () => new TextEncoder().encode('QUIT\n'),
      };
    });
    const connection = here.supervisor.connect({ url, protocol });
    await here.clock.run(50);
    for (const text of texts) void connection.send(text);
    await here.clock.run(50);
    return { ...here, heard, peer: peers[0] as MemoryPeer, connection };
  }

  test('says goodbye at once when the message that waited for it is refused', async () => {
    const here = await held('a', 'bad');
    void here.connection.close();
    await here.clock.run(100);
    here.peer.write('ACK\n');
    await here.clock.run(100);
    expect(here.heard[0]).toBe('PING\na\nQUIT\n');
    await expectNothingLeft(here);
  });

  test('leaves the messages that wait to the next incarnation, without a wait, when the peer has ended', async () => {
    const here = await held('a', 'b');
    here.peer.end();
    await here.clock.run(400);
    expect(here.heard).toEqual(['PING\na\nQUIT\n', 'PING\nb\n']);
    await expectNothingLeft(here);
  });

  test('says goodbye after deadlines.close when it stays closed', async () => {
    const here = await held('a', 'b');
    const sent = here.connection.send('c');
    void here.connection.close();
    await here.clock.run(2100);
    expect(here.heard[0]).toBe('PING\na\nQUIT\n');
    await expect(sent).rejects.toMatchObject({ outcome: 'never-sent' });
    await expectNothingLeft(here);
  });
});

test.each(['full', 'patience'] as const)(
  '%s: a getter that throws ends the incarnation as crashed, and leaves the message as it says',
  async (member) => {
    const here = world({ reconnect: { backoff: { base: 100, cap: 100 } } });
    const { heard } = recordedFeed(here, answering);
    let fails = false;
    const protocol = lazyLineWith({
      get [member](): never {
        if (!fails) return undefined as never;
        fails = false;
        throw new Error('a bug');
      },
    });
    const connection = here.supervisor.connect({ url, protocol });
    await here.clock.run(50);
    fails = true;
    const sent = connection.send('a');
    await here.clock.run(1000);
    expect(here.states()).toContain('closing>closed:crashed');
    await expect(sent).resolves.toMatchObject({ outcome: 'written' });
    expect(heard.join('').match(/a\n/g)).toHaveLength(1);
    await expectNothingLeft(here);
  },
);
