/** Answers without ids, over `line`: which ping they answer, and what they confirm. Virtual time. */
import { describe, expect, test } from 'vitest';
import type { Receipt } from '../../src/messages/receipts.ts';
import type { MemoryPeer } from '../../src/testing/network/memory-peer.ts';
import { expectNothingLeft, type World, world } from '../support/world.ts';

/** A peer that answers each ping after `delay` ms, and none of the pings in `swallowed`, counted from 1. */
function peerWith(here: World, options: { delay: number; swallowed?: readonly number[] }) {
  let pings = 0;
  here.network.serve('feed', (peer: MemoryPeer) => {
    peer.onData = (chunk) => {
      for (let left = new TextDecoder().decode(chunk).split('PING\n').length - 1; left > 0; left--) {
        if (!options.swallowed?.includes(++pings))
          here.clock.scheduler.schedule(() => peer.write('PONG\n'), options.delay);
      }
    };
  });
  return options;
}

async function connected(here: World) {
  const connection = here.supervisor.connect<string>({ url: 'memory://feed' });
  await here.clock.run(2000);
  expect(connection.state).toBe('alive');
  return connection;
}

/** What becomes of a message. */
function watched(sent: Promise<Receipt>): string[] {
  const fate: string[] = [];
  void sent.then(async ({ confirmed }) => fate.push(await confirmed));
  return fate;
}

describe('answers without ids: one ping without an answer of its own', () => {
  test('does not hide later round trips, and raises no suspicion at each heartbeat', async () => {
    const here = world();
    const peer = peerWith(here, { delay: 5, swallowed: [3] });
    const connection = await connected(here);
    await here.clock.run(60_000);
    peer.delay = 1200;
    await here.clock.run(60_000);
    const suspicions = here.states().filter((state) => state === 'alive>suspect').length;
    await here.clock.run(120_000);
    expect(connection.rtt?.last).toBeCloseTo(1202, 0);
    expect(here.states().filter((state) => state === 'alive>suspect')).toHaveLength(suspicions);
    await expectNothingLeft(here);
  });

  test('does not delay a confirmation by an interval', async () => {
    const here = world();
    peerWith(here, { delay: 5, swallowed: [2] });
    const connection = await connected(here);
    await here.clock.run(30_000);
    for (let n = 0; n < 3; n++) {
      const fate = watched(connection.send('a message'));
      await here.clock.run(100);
      expect(fate).toEqual(['confirmed']);
    }
    await expectNothingLeft(here);
  });
});

test('answers without ids: three pings without an answer delay a confirmation by three round trips, and not by an interval', async () => {
  const here = world();
  peerWith(here, { delay: 5, swallowed: [2, 3, 4] });
  const connection = await connected(here);
  await here.clock.run(60_000);
  for (let n = 0; n < 3; n++) {
    const fates = [watched(connection.send('a message'))];
    await here.clock.run(1);
    fates.push(watched(connection.send('another, while its ping is under way')));
    await here.clock.run(50);
    expect(fates).toEqual([['confirmed'], ['confirmed']]);
  }
  await expectNothingLeft(here);
});

describe('answers without ids: an answer', () => {
  test('that comes late under inbound traffic confirms nothing sent after its ping', async () => {
    const here = world();
    const peers: MemoryPeer[] = [];
    here.network.serve('feed', (peer) => {
      peers.push(peer);
      peer.write('PONG\n');
    });
    const connection = await connected(here);
    const [peer] = peers;
    // Each ping is answered 15 s later, while the peer streams.
    let pings = 0;
    if (peer !== undefined)
      peer.onData = (chunk) => {
        if (new TextDecoder().decode(chunk).includes('PING') && ++pings > 0)
          here.clock.scheduler.schedule(() => peer.write('PONG\n'), 15_000);
      };
    const stream = async (ms: number) => {
      for (let left = ms; left > 0; left -= 500) {
        peer?.write('tick\n');
        await here.clock.run(500);
      }
    };
    while (pings === 0) await stream(500);
    await stream(2000);
    const fate = watched(connection.send('after the first ping'));
    await stream(14_000);
    expect(fate).toEqual([]);
    await stream(10_000);
    expect(fate).toEqual(['confirmed']);
    await expectNothingLeft(here);
  });

  test('that comes before the ping has left is none: probe() waits for the one after it', async () => {
    const here = world();
    const peers: MemoryPeer[] = [];
    here.network.serve('feed', (peer) => {
      peers.push(peer);
      peer.write('PONG\n');
    });
    const connection = await connected(here);
    const [peer] = peers;
    Object.assign(here.network.host('feed'), { windowBytes: 500, bytesPerSecond: 200 });
    void connection.send('x'.repeat(1000));
    void connection.send('x'.repeat(1000));
    const rtts: number[] = [];
    void connection.probe().then((rtt) => rtts.push(rtt));
    peer?.write('PONG\n');
    await here.clock.run(2000);
    expect(rtts).toEqual([]);
    if (peer !== undefined)
      peer.onData = (chunk) =>
        void (new TextDecoder().decode(chunk).includes('PING') && peer.write('PONG\n'));
    await here.clock.run(18_000);
    expect(rtts).toEqual([27]);
    await expectNothingLeft(here);
  });
});
