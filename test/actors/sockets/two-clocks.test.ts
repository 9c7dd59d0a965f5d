/** What counts as life, against plain peers on real sockets. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { interval } from 'rxjs';
import { expect, onTestFinished, test } from 'vitest';
import type { ConnectSpec } from '../../../src/actors/supervisor/options.ts';
import { silentLogger } from '../../../src/base/log.ts';
import { createSupervisor } from '../../../src/presets/node.ts';
import { type Clock, systemClock } from '../../../src/time/clock.ts';

const policy = {
  heartbeat: { interval: 200, condemnAfter: 400, suspectAfter: { min: 50, max: 100 } },
  deadlines: { write: 300 },
  reconnect: { restart: 'temporary' },
  logger: silentLogger,
} as const;

/** A connection to a peer that answers the first ping, and then does as it likes. */
async function connected(
  peerOf: (socket: Socket) => void,
  more: { clock?: Clock } & Partial<ConnectSpec> = {},
) {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => {
      socket.write('PONG\n');
      peerOf(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { clock = systemClock, ...spec } = more;
  const supervisor = createSupervisor({ ...policy, clock });
  onTestFinished(() => supervisor.stop());
  const states: string[] = [];
  supervisor.events$.subscribe((event) => event.event === 'state' && states.push(event.to));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const connection = supervisor.connect({ url: `tcp://127.0.0.1:${port}`, protocol: 'line', ...spec });
  await connection.ready();
  return { connection, states };
}

/** Writes a line every 20 ms, as long as the socket lives. */
function stream(socket: Socket): void {
  const ticks = interval(20).subscribe(() => socket.write('tick\n'));
  socket.on('close', () => ticks.unsubscribe());
}

/** Resolves when the socket has received so many pings. */
function pings(socket: Socket, wanted: number): Promise<void> {
  return new Promise((resolve) => {
    let count = 0;
    socket.on('data', (chunk) => {
      count += chunk.toString().split('PING\n').length - 1;
      if (count >= wanted) resolve();
    });
  });
}

test('two clocks: a peer that streams and never answers stays alive, and hears from us all the same', async () => {
  let heard: Promise<void> | undefined;
  const { connection, states } = await connected((socket) => {
    heard = pings(socket, 8);
    stream(socket);
  });
  await heard;
  expect(states).toEqual(['connecting', 'alive']);
  expect(connection.incarnation).toBe(1);
});

test('two clocks: a connection that only sends is probed', async () => {
  let heard: Promise<void> | undefined;
  const { connection, states } = await connected((socket) => {
    heard = pings(socket, 3);
    socket.on('data', (chunk) => chunk.includes('PING') && socket.write('PONG\n'));
  });
  const sending = interval(20).subscribe(() => connection.send('tick'));
  await heard;
  sending.unsubscribe();
  expect(states.at(-1)).toBe('alive');
});

test('two clocks: a peer that sends and never reads ends as write-timeout', async () => {
  const { connection } = await connected((socket) => {
    socket.pause();
    stream(socket);
  });
  for (let i = 0; i < 250; i++) connection.send('x'.repeat(60_000));
  await expect(connection.closed).resolves.toMatchObject({ reason: 'write-timeout', class: 'retryable' });
});

test('two clocks: timers that are always 60 ms late still condemn a dead peer', async () => {
  const { scheduler } = systemClock;
  const late: Clock = {
    ...systemClock,
    scheduler: {
      now: () => scheduler.now(),
      schedule: (work, ms = 0, state) => scheduler.schedule(work as never, ms + 60, state),
    },
  };
  const { connection } = await connected(() => {}, { clock: late });
  await expect(connection.closed).resolves.toMatchObject({ reason: 'heartbeat-timeout' });
});
