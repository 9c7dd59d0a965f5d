/** A server that stops and starts again, on real sockets: the number of dials, and the count of attempts. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { answersLines, mute, plainServer } from '../../../support/plain-peer.ts';
import { supervision } from '../../../support/supervision.ts';
import { later, serving } from '../../../transport/peers.ts';

/** A line server on one port; `stop` resets all its sockets, `start` listens on the port again. */
async function restartable() {
  const sockets = new Set<Socket>();
  const make = () =>
    createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
      socket.on('data', (chunk) => {
        const asked = String(chunk).split('PING\n').length - 1;
        if (asked > 0) socket.write('PONG\n'.repeat(asked));
      });
    });
  let server = make();
  await serving(server, { host: '127.0.0.1', port: 0 });
  const { port } = server.address() as AddressInfo;
  return {
    url: `tcp://127.0.0.1:${port}`,
    stop: () => {
      server.close();
      for (const socket of sockets) socket.resetAndDestroy();
    },
    start: async () => {
      server = make();
      await serving(server, { host: '127.0.0.1', port });
    },
  };
}

test('restart: 200 connections to a restarting server never start more dials than the window of the gate', async () => {
  const server = await restartable();
  const { supervisor, events } = supervision({
    reconnect: { backoff: { type: 'exponential', base: 50, cap: 400, jitter: 'full' } },
  });
  const seen = { most: 0, mostWhileDown: 0, tooMany: 0 };
  let down = false;
  supervisor.events$.subscribe((event) => {
    const [gate] = supervisor.gates;
    const dialling = [...supervisor.connections].filter(
      ({ state, status }) => state === 'connecting' && status === 'running',
    ).length;
    seen.most = Math.max(seen.most, dialling);
    if (down && gate?.state === 'failed') seen.mostWhileDown = Math.max(seen.mostWhileDown, dialling);
    // A halved window does not cancel the dials it has admitted, so only new dials count.
    const began = event.event === 'state' && event.to === 'connecting';
    if (began && dialling > (gate?.window ?? 1)) seen.tooMany++;
  });
  const all = Array.from({ length: 200 }, (_, at) => supervisor.connect({ id: `c${at}`, url: server.url }));
  const allAlive = () => events.until(() => all.every(({ state }) => state === 'alive'));
  await allAlive();
  const before = events.matching({ to: 'connecting' }).length;
  expect(before).toBe(200);
  down = true;
  server.stop();
  await events.saw({ event: 'gate', to: 'failed' });
  const downAt = performance.now();
  await events.until(() => performance.now() - downAt > 1000);
  const whileDown = events.matching({ to: 'connecting' }).length - before;
  await server.start();
  down = false;
  await allAlive();
  await Promise.all(all.map((each) => each.ready()));
  expect(seen).toMatchObject({ tooMany: 0, mostWhileDown: 1 });
  expect(seen.most).toBeGreaterThan(1);
  expect(whileDown).toBeLessThan(50);
  expect(supervisor.gates[Symbol.iterator]().next().value?.inFlight ?? 0).toBe(0);
  await supervisor.stop();
  expect([...supervisor.gates]).toEqual([]);
});

/** The default policy with every duration divided by ten. */
const tenth = {
  reconnect: { backoff: { base: 100, cap: 3000 }, stableAfter: 1000 },
} as const;

test('restart: a server that closes each socket at once gets 2 to 7 dials in 1 s of a tenth of the default policy', async () => {
  const server = await plainServer((peer) => peer.socket.end());
  const { supervisor, events } = supervision({
    ...tenth,
  });
  supervisor.connect({ url: server.url });
  const until = performance.now() + 1000;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, until - performance.now());
    later(() => clearTimeout(timer));
  });
  expect(server.peers.length).toBeGreaterThanOrEqual(2);
  expect(server.peers.length).toBeLessThanOrEqual(7);
  expect(
    events.matching({ event: 'reconnect-scheduled' }).map((event) => 'attempt' in event && event.attempt),
  ).toEqual(Array.from(events.matching({ event: 'reconnect-scheduled' }), (_, at) => at + 1));
});

const quick = { backoff: { base: 10, cap: 20, jitter: 'none' } } as const;

test('attempts: healthy() resets the count, so the next attempt is 1', async () => {
  const server = await plainServer((peer) => peer.socket.end());
  const { supervisor, events } = supervision();
  const connection = supervisor.connect({ url: server.url });
  await events.saw({ event: 'reconnect-scheduled', attempt: 3 });
  connection.healthy();
  await events.saw({ event: 'reconnect-scheduled', attempt: 1 }, 2);
  await events.saw({ event: 'reconnect-scheduled', attempt: 2 }, 2);
});

test('attempts: only a proved connection that lived for stableAfter resets the count', async () => {
  let patience = 0;
  const server = await plainServer((peer) => {
    if (server.peers.length < 2) return peer.socket.end();
    answersLines(peer);
    patience = server.peers.length === 2 ? 300 : 0;
    const timer = setTimeout(() => peer.socket.resetAndDestroy(), patience);
    later(() => clearTimeout(timer));
  });
  const { supervisor, events } = supervision({ reconnect: { ...quick, stableAfter: 200 } });
  supervisor.connect({ url: server.url });
  await events.saw({ event: 'reconnect-scheduled' }, 5);
  const attempts = events
    .matching({ event: 'reconnect-scheduled' })
    .map((event) => (event.event === 'reconnect-scheduled' ? event.attempt : 0));
  expect(attempts.slice(0, 5)).toEqual([1, 2, 1, 2, 3]);
});

test('attempts: an unproved connection that lived for stableAfter keeps the count', async () => {
  const server = await plainServer((peer) => {
    mute(peer);
    const timer = setTimeout(() => peer.socket.resetAndDestroy(), 100);
    later(() => clearTimeout(timer));
  });
  const { supervisor, events } = supervision({ reconnect: { ...quick, stableAfter: 50 } });
  supervisor.connect({ url: server.url });
  await events.saw({ event: 'reconnect-scheduled', attempt: 3 });
});
