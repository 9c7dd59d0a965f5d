/** `reconnect.hedge` over real sockets: a relay that stops, and a second one to the same or another server. */
import { expect, test } from 'vitest';
import type { ConnectSpec } from '../../../src/actors/supervisor/options.ts';
import { line } from '../../../src/protocols/line.ts';
import { websocket } from '../../../src/protocols/websocket.ts';
import { websocketText } from '../../../src/protocols/websocket-text.ts';
import { session } from '../../../src/sessions/both.ts';
import type { Session } from '../../../src/sessions/handle.ts';
import { textOf } from '../../sessions/world.ts';
import { relayTo } from '../../support/relay.ts';
import { supervision } from '../../support/supervision.ts';

const policy = {
  heartbeat: { interval: 300, suspectAfter: { min: 100, max: 300 }, condemnAfter: 20_000 },
  reconnect: { hedge: true },
} as const;

function portOf(url: string): number {
  return Number(new URL(url).port);
}

test.each([
  ['line', 'tcp', line()],
  ['websocket', 'ws', websocket()],
  ['websocketText', 'ws', websocketText({ ping: 'ping?', pong: 'pong!' })],
] as const)(
  'hedge: %s over %s: a relay that stops is left for the next one, and the message that was held follows',
  async (_, scheme, protocol) => {
    const server = supervision();
    const listener = await server.supervisor.listen({
      url: `${scheme}://127.0.0.1:0`,
      protocol: protocol as ReturnType<typeof line>,
      onMessage: (text, connection) => void connection.send(`echo of ${text}`),
    });
    const relays = [await relayTo(portOf(listener.url)), await relayTo(portOf(listener.url))];
    const { supervisor, events } = supervision(policy);
    const heard: string[] = [];
    const feed = supervisor.connect({
      url: relays.map(({ port }) => `${scheme}://127.0.0.1:${port}`),
      protocol: protocol as ReturnType<typeof line>,
      onMessage: (text) => void heard.push(text),
    } satisfies ConnectSpec<string>);
    await feed.ready();
    await feed.send('one');
    await expect.poll(() => heard.length).toBe(1);
    relays[0]?.freeze();
    await events.saw({ event: 'state', to: 'suspect' });
    const held = feed.send('two');
    await events.saw({ event: 'standby', to: 'chosen' });
    expect((await held).incarnation).toBe(2);
    await expect.poll(() => heard.length).toBe(2);
    expect(heard).toEqual(['echo of one', 'echo of two']);
    expect([
      feed.state,
      feed.incarnation,
      feed.url.endsWith(`${relays[1]?.port}`) || feed.url.endsWith(`${relays[1]?.port}/`),
    ]).toEqual(['alive', 2, true]);
    await supervisor.stop();
  },
);

test('hedge: a session goes on over a second relay, exactly once both ways', async () => {
  const protocol = session(websocket(), {
    plaintext: true,
    onSession(opened) {
      sessions.push(opened);
      opened.onMessage = (message) => void up.push(textOf(message));
    },
  });
  const sessions: Session[] = [];
  const up: string[] = [];
  const down: string[] = [];
  const server = supervision();
  const listener = await server.supervisor.listen({ url: 'ws://127.0.0.1:0', protocol });
  const relays = [await relayTo(portOf(listener.url)), await relayTo(portOf(listener.url))];
  const { supervisor, events } = supervision(policy);
  const feed = supervisor.connect({
    url: relays.map(({ port }) => `ws://127.0.0.1:${port}`),
    protocol,
    onMessage: (message) => void down.push(textOf(message)),
  });
  // A session exists for its server once the welcome is acknowledged.
  await expect.poll(() => sessions.length).toBe(1);
  const expected: string[] = [];
  const both = (text: string) => {
    expected.push(text);
    void feed.send(text);
    void sessions[0]?.send(text);
  };
  for (let at = 0; at < 20; at++) both(`${at}`);
  relays[0]?.freeze();
  for (let at = 20; at < 40; at++) both(`${at}`);
  await events.saw({ event: 'standby', to: 'chosen' });
  for (let at = 40; at < 60; at++) both(`${at}`);
  await expect.poll(() => Math.min(up.length, down.length), { timeout: 20_000 }).toBe(60);
  expect([up, down, sessions.length]).toEqual([expected, expected, 1]);
});
