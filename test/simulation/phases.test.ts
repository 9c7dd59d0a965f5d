/**
 * Ten thousand connections with one interval, and one message on each of them: the heartbeats after the
 * message must not fall into the same window.
 */
import { expect, test } from 'vitest';
import { createListeningSupervisor } from '../../src/actors/supervisor/listening-supervisor.ts';
import { line } from '../../src/protocols/line.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { memoryNetwork } from '../../src/testing/network/memory.ts';
import type { MemoryPeer } from '../../src/testing/network/memory-peer.ts';

const CONNECTIONS = 10_000;
const INTERVAL = 10_000;
const WINDOW = 100;
const SHARE = (CONNECTIONS * WINDOW) / INTERVAL;

/** Connections opened evenly over one interval, and idle for two more. */
function crowd() {
  const clock = virtualClock({ seed: 1 });
  const network = memoryNetwork({ clock });
  const peers: MemoryPeer[] = [];
  const beats: number[] = [];
  network.serve('feed', (peer) => {
    peers.push(peer);
    peer.onData = (chunk) => {
      if (chunk.byteLength !== 'PING\n'.length) return;
      beats.push(clock.scheduler.now());
      peer.write('PONG\n');
    };
  });
  const supervisor = createListeningSupervisor({
    transports: [network.transport],
    protocols: { line },
    clock,
    heartbeat: { interval: INTERVAL },
  });
  const connections = Array.from({ length: CONNECTIONS }, (_, at) => {
    clock.advance(at % (CONNECTIONS / INTERVAL) === 0 ? 1 : 0);
    return supervisor.connect<string>({ id: `c${at}`, url: 'memory://feed' });
  });
  clock.advance(2 * INTERVAL);
  return { clock, peers, beats, connections };
}

/** The highest number of heartbeats in any window of `WINDOW` ms after `from`. */
function busiest(beats: readonly number[], from: number): number {
  const after = beats.filter((at) => at >= from);
  let [most, first] = [0, 0];
  for (const [last, at] of after.entries()) {
    while ((after[first] as number) <= at - WINDOW) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

test.each([
  [
    'all connections send',
    ({ connections }: ReturnType<typeof crowd>) => connections.map((one) => one.send('hello all')),
  ],
  ['all peers send', ({ peers }: ReturnType<typeof crowd>) => peers.map((peer) => peer.write('hello all\n'))],
])(
  'heartbeats: 10,000 connections keep their spread of phases when %s one message to all',
  (_, broadcast) => {
    const here = crowd();
    expect(here.connections.every(({ state }) => state === 'alive')).toBe(true);
    broadcast(here);
    const from = here.clock.scheduler.now() + 2 * INTERVAL;
    here.clock.advance(5 * INTERVAL);
    expect(here.beats.filter((at) => at >= from).length).toBeGreaterThan(2.5 * CONNECTIONS);
    expect(busiest(here.beats, from)).toBeLessThanOrEqual(3 * SHARE);
  },
);
