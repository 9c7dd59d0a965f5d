/** A side that closes: it speaks until its goodbye, also while it waits for a window, and is not taken for dead after that. */
import { expect, test } from 'vitest';
import { createListeningSupervisor } from '../../src/actors/supervisor/listening-supervisor.ts';
import { silentLogger } from '../../src/base/log.ts';
import { framed } from '../../src/protocols/framed.ts';
import { websocket } from '../../src/protocols/websocket.ts';
import { session } from '../../src/sessions/both.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { memoryNetwork } from '../../src/testing/network/memory.ts';
import { memoryWebSockets } from '../../src/testing/network/memory-websockets.ts';

test.each([
  ['framed', framed(), 'memory://server'],
  ['websocket', websocket(), 'ws://server'],
])('%s: messages that are handled after the goodbye are confirmed by its answer', async (_, beneath, url) => {
  const clock = virtualClock();
  const network = memoryNetwork({ clock });
  const transports = [network.transport, memoryWebSockets(network).transport];
  const supervisor = () =>
    createListeningSupervisor({
      ...{ transports, clock, logger: silentLogger },
      heartbeat: { interval: '300ms', condemnAfter: 0, suspectAfter: { min: '300ms', max: '500ms' } },
      deadlines: { close: '5s' },
    });
  const server = supervisor();
  const exits: unknown[] = [];
  server.events$.subscribe((event) => event.event === 'left' && exits.push(event.reason));
  const handled: unknown[] = [];
  await server.listen({
    url,
    protocol: session(beneath, {
      plaintext: true,
      onSession(opened) {
        opened.onMessage = async (message) => {
          await new Promise<void>((resolve) => clock.scheduler.schedule(() => resolve(), 1500));
          handled.push(message);
        };
      },
    }),
  });
  const client = supervisor();
  const connection = client.connect({ url, protocol: session(beneath, { window: { messages: 1 } }) });
  await clock.run(100);
  const receipts = ['1', '2', '3'].map((text) => connection.send(text));
  await clock.run(100);
  const closed = connection.close();
  await clock.run(10_000);
  await closed;
  expect(handled).toEqual(['1', '2', '3']);
  expect(await Promise.all(receipts.map(async (receipt) => (await receipt).confirmed))).toEqual(
    Array(3).fill('confirmed'),
  );
  expect(exits).toHaveLength(1);
  expect(exits).not.toContain('heartbeat-timeout');
});
