/** A message of a WebSocket that arrives in pieces, of which the transport tells nothing before the last. Virtual time, policy of 10 s. */
import { expect, test } from 'vitest';
import { createListeningSupervisor } from '../../src/actors/supervisor/listening-supervisor.ts';
import { silentLogger } from '../../src/base/log.ts';
import { websocket } from '../../src/protocols/websocket.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { memoryNetwork } from '../../src/testing/network/memory.ts';
import { memoryWebSockets } from '../../src/testing/network/memory-websockets.ts';

/** A listener that sends a message each second, and hears a long one at 1 kB/s. */
async function hearing() {
  const clock = virtualClock();
  const network = memoryNetwork({ clock });
  network.host('server').bytesPerSecond = 1000;
  const { transport } = memoryWebSockets(network);
  const supervisor = () =>
    createListeningSupervisor({
      ...{ transports: [transport], clock, logger: silentLogger },
      heartbeat: { interval: '10s', condemnAfter: '10s' },
    });
  const exits: [reason: unknown, at: number][] = [];
  const server = supervisor();
  server.events$.subscribe((event) => {
    if (event.event === 'left') exits.push([event.reason, clock.scheduler.now()]);
  });
  await server.listen({ url: 'ws://server', protocol: websocket() });
  const received: unknown[] = [];
  const client = supervisor().connect({
    url: 'ws://server',
    protocol: websocket(),
    onMessage: (text) => received.push(text),
  });
  await clock.run(1000);
  void client.send('x'.repeat(120_000));
  const run = async (seconds: number) => {
    for (let left = seconds; left > 0; left--) {
      for (const connection of server.connections) void connection.send('tick');
      await clock.run(1000);
    }
  };
  return { clock, network, exits, received, run };
}

test('pieces of a message: no verdict while they come', async () => {
  const { exits, received, run } = await hearing();
  await run(110);
  expect(exits).toEqual([]);
  expect(received.length).toBeGreaterThan(100);
});

test('pieces of a message: a link that is cut in between is noticed after interval + condemnAfter, at any phase', async () => {
  const silences: number[] = [];
  for (let at = 20; at < 50; at++) {
    const { clock, network, exits, run } = await hearing();
    await run(at);
    for (const link of network.links) link.cut();
    const cutAt = clock.scheduler.now();
    await run(40);
    expect(exits).toMatchObject([['heartbeat-timeout', expect.any(Number)]]);
    silences.push((exits[0]?.[1] ?? 0) - cutAt);
  }
  expect(Math.max(...silences)).toBeLessThanOrEqual(20_000 + 50);
});
