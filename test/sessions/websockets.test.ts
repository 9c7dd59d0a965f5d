/** Sessions over WebSockets: control frames and text heartbeats are never counted, and no close code ends a session. */
import { expect, test } from 'vitest';
import { createListeningSupervisor } from '../../src/actors/supervisor/listening-supervisor.ts';
import { silentLogger } from '../../src/base/log.ts';
import { bytes } from '../../src/protocols/bytes.ts';
import { line } from '../../src/protocols/line.ts';
import { raw } from '../../src/protocols/raw.ts';
import { websocket } from '../../src/protocols/websocket.ts';
import { websocketText } from '../../src/protocols/websocket-text.ts';
import { session } from '../../src/sessions/both.ts';
import { session as dialledSession } from '../../src/sessions/dial.ts';
import type { Session } from '../../src/sessions/handle.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { memoryNetwork } from '../../src/testing/network/memory.ts';
import { memoryWebSockets } from '../../src/testing/network/memory-websockets.ts';
import { infoOf, textOf } from './world.ts';

const heartbeats = { ping: 'ping', pong: 'pong' };

test.each([
  ['websocket', websocket()],
  ['websocketText', websocketText(heartbeats)],
])('%s: exactly once over ends with any code, with heartbeats in between', async (_, beneath) => {
  const clock = virtualClock();
  const network = memoryNetwork({ clock });
  const { transport } = memoryWebSockets(network);
  const options = { transports: [transport], clock, logger: silentLogger } as const;
  const server = createListeningSupervisor({ ...options });
  const sessions: Session[] = [];
  const up: string[] = [];
  await server.listen({
    url: 'ws://server',
    deadlines: { maxAge: '20s' },
    protocol: session(beneath, {
      plaintext: true,
      onSession(opened) {
        sessions.push(opened);
        opened.onMessage = (message) => void up.push(textOf(message));
      },
    }),
  });
  const client = createListeningSupervisor({ ...options, heartbeat: { interval: '1s', condemnAfter: '2s' } });
  const down: string[] = [];
  const feed = client.connect({
    url: 'ws://server',
    protocol: dialledSession(beneath),
    reconnect: { restart: 'transient' },
    onMessage: (message) => void down.push(textOf(message)),
  });
  const expected: string[] = [];
  for (let round = 0; round < 30; round++) {
    const text = round % 2 === 0 ? `${round}` : 'ping';
    void feed.send(text);
    void sessions[0]?.send(text);
    if (sessions[0] !== undefined) expected.push(text);
    await clock.run(5000);
  }
  expect(up).toHaveLength(30);
  expect(down).toEqual(expected);
  expect(infoOf(feed).epoch).toBeGreaterThan(5);
  expect(sessions).toHaveLength(1);
  expect(feed.status).toBe('running');
});

test('raw, bytes and other protocols are refused by name', () => {
  for (const protocol of [raw(), bytes(), line()])
    expect(() => session(protocol)).toThrow(
      /session\.protocol: "(raw|bytes|line)" is not valid; expected a protocol of messages/,
    );
  expect(() => session({})).toThrow('session.protocol');
});

test.each([
  [{ window: { messages: 0 } }, 'session.window.messages'],
  [{ window: { bytes: 1e12 } }, 'session.window.bytes'],
  [{ window: 5 }, 'session.window'],
  [{ onFailure: 'ignore' }, 'session.onFailure'],
  [{ onLost: 'panic' }, 'session.onLost'],
  [{ keepFor: '0s', onSession: () => {} }, 'session.keepFor'],
  [{ keepFor: '721h' }, 'session.keepFor'],
  [{ maxSessions: { total: 0 }, onSession: () => {} }, 'session.maxSessions.total'],
  [{ maxSessions: { all: 1 }, onSession: () => {} }, 'session.maxSessions.all'],
  [{ store: {}, onSession: () => {} }, 'session.store'],
  [{ identity: () => '' }, 'did you mean `identify`'],
])('options %j are refused', (options, path) => {
  expect(() => session(websocket(), options as never)).toThrow(path);
});

test.each([
  [{ plaintext: true }, 'session.plaintext'],
  [{ identify: () => 'ann' }, 'session.identify'],
  [{ maxSessions: { total: 5 } }, 'session.maxSessions'],
])(
  'options %j of the accepting side are refused without onSession, where they have no effect',
  (options, path) => {
    expect(() => session(websocket(), options as never)).toThrow(
      new RegExp(`${path}: .* expected nothing without .onSession.`),
    );
    expect(() => session(websocket(), { ...options, onSession: () => {} } as never)).not.toThrow();
  },
);

test('without onSession, listening is refused before there is a socket', async () => {
  const { transport } = memoryWebSockets(memoryNetwork({ clock: virtualClock() }));
  const supervisor = createListeningSupervisor({ transports: [transport], logger: silentLogger });
  for (const protocol of [session(websocket()), dialledSession(websocket())])
    await expect(supervisor.listen({ url: 'ws://server', protocol })).rejects.toMatchObject({
      name: 'ConfigError',
    });
  await supervisor.stop();
});

test('the half for pages has the options of the dialling side alone', () => {
  expect(() => dialledSession(websocket(), { keepFor: '2m' })).not.toThrow();
  expect(() => dialledSession(websocket(), { plaintext: true } as never)).toThrow('session.plaintext');
});
