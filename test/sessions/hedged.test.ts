/** A session whose sockets are hedged: each message is handled once and in order, whichever socket wins. */
import { expect, test } from 'vitest';
import { createListeningSupervisor } from '../../src/actors/supervisor/listening-supervisor.ts';
import { silentLogger } from '../../src/base/log.ts';
import { websocket } from '../../src/protocols/websocket.ts';
import { websocketText } from '../../src/protocols/websocket-text.ts';
import { session } from '../../src/sessions/both.ts';
import { session as dialledSession } from '../../src/sessions/dial.ts';
import type { Session } from '../../src/sessions/handle.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { memoryNetwork } from '../../src/testing/network/memory.ts';
import { memoryWebSockets } from '../../src/testing/network/memory-websockets.ts';
import { infoOf, textOf } from './world.ts';

test.each([
  ['websocket', websocket()],
  ['websocketText', websocketText({ ping: 'ping', pong: 'pong' })],
])('%s: a session goes on over standbys, exactly once both ways', async (_, beneath) => {
  const clock = virtualClock({ seed: 7 });
  const network = memoryNetwork({ clock });
  const { transport } = memoryWebSockets(network);
  const options = { transports: [transport], clock, logger: silentLogger } as const;
  const server = createListeningSupervisor(options);
  const sessions: Session[] = [];
  const up: string[] = [];
  const protocol = session(beneath, {
    plaintext: true,
    onSession(opened) {
      sessions.push(opened);
      opened.onMessage = (message) => void up.push(textOf(message));
    },
  });
  for (const host of ['a', 'b']) await server.listen({ url: `ws://${host}`, protocol });
  const client = createListeningSupervisor({
    ...options,
    heartbeat: { interval: '1s', condemnAfter: '3s' },
    reconnect: { hedge: true },
  });
  const standbys: string[] = [];
  client.events$.subscribe((event) => {
    if (event.event === 'standby') standbys.push(event.to);
  });
  const down: string[] = [];
  const feed = client.connect({
    url: ['ws://a', 'ws://b'],
    protocol: dialledSession(beneath),
    onMessage: (message) => void down.push(textOf(message)),
  });
  await clock.run(5000);
  const sent: string[] = [];
  for (let round = 0; round < 60; round++) {
    const host = feed.url.includes('//a') ? 'a' : 'b';
    if (round % 3 === 0) network.host(host).freeze();
    for (let at = 0; at < 10; at++) {
      sent.push(`${round}.${at}`);
      void feed.send(`${round}.${at}`);
      void sessions[0]?.send(`${round}.${at}`);
      await clock.run(Math.round(300 * clock.random()));
    }
    for (const each of ['a', 'b']) network.host(each).thaw();
    await clock.run(1000);
  }
  await clock.run(30_000);
  expect(up).toEqual(sent);
  expect(down).toEqual(sent);
  expect(standbys.filter((to) => to === 'chosen').length).toBeGreaterThan(5);
  expect([sessions.length, feed.state, infoOf(feed).unacknowledged]).toEqual([1, 'alive', 0]);
  expect(feed.incarnation).toBe(1 + standbys.filter((to) => to === 'chosen').length);
});
