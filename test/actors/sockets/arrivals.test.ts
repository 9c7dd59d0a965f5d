/** Accepted sockets before the end of their handshake: each has an owner, a deadline, a count, an event and an end. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { ListenLimits } from '../../../src/endpoints/admission.ts';
import { line } from '../../../src/protocols/line.ts';
import { tls } from '../../../src/transport/tls.ts';
import { webSocketOverWs } from '../../../src/transport/websocket-ws.ts';
import { supervision } from '../../support/supervision.ts';
import { certificate, later, placeOf } from '../../transport/peers.ts';

type Options = { limits?: ListenLimits; handshake?: number };

async function listening(scheme: string, { limits, handshake = 10_000 }: Options = {}) {
  const transports = [tls(certificate), webSocketOverWs(certificate)];
  const here = supervision({ transports, deadlines: { handshake, close: 300 } });
  const protocol = scheme.startsWith('w') ? 'websocket' : line();
  const listener = await here.supervisor.listen({
    url: `${scheme}://127.0.0.1:0`,
    protocol,
    ...(limits && { limits }),
  });
  return { ...here, listener };
}

/** A plain socket to the listener; `ended` resolves with the bytes it was sent, when it is closed. */
function visitor(url: string, words = ''): Socket & { ended: Promise<string> } {
  const socket = connect({ ...placeOf(url), allowHalfOpen: true }).on('error', () => {});
  later(() => socket.destroy());
  let heard = '';
  socket.on('data', (chunk) => {
    heard += chunk;
  });
  // Answers the server's end, as a peer does that has nothing more to say.
  socket.on('end', () => socket.end());
  if (words !== '') socket.write(words);
  return Object.assign(socket, {
    ended: new Promise<string>((resolve) => socket.on('close', () => resolve(heard))),
  });
}

const partialHello = '\u0016\u0003\u0001\u0000\u0040';
const request = 'GET / HTTP/1.1\r\nHost: x\r\n';
const upgrade = `${request}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;

const unfinished = [
  ['tls', 'silent', ''],
  ['tls', 'with half a ClientHello', partialHello],
  ['ws', 'silent', ''],
  ['ws', 'with half a request', request],
  ['wss', 'silent', ''],
  ['wss', 'with half a ClientHello', partialHello],
] as const;

it.each(unfinished)('arrivals: a %s socket, %s, ends at deadlines.handshake', async (scheme, _, words) => {
  const { events, listener } = await listening(scheme, { handshake: 100 });
  const peer = visitor(listener.url, words);
  await peer.ended;
  const event = await events.saw({ event: 'handshake-failed' });
  expect(event).toMatchObject({ reason: 'handshake-timeout', bytes: words.length, url: listener.url });
  expect(event).toHaveProperty('peer', expect.stringMatching(/^127\.0\.0\.1:\d+$/));
  expect(listener.handshakes).toBe(0);
});

it.each(unfinished)('arrivals: a %s socket, %s, is counted and ends at stop()', async (scheme, _, words) => {
  const { supervisor, listener, events } = await listening(scheme);
  const peers = [visitor(listener.url, words), visitor(listener.url, words)];
  await expect.poll(() => listener.handshakes).toBe(2);
  expect([...supervisor.listeners]).toEqual([listener]);
  await supervisor.stop();
  expect([listener.handshakes, [...supervisor.listeners]]).toEqual([0, []]);
  expect(events.matching({ event: 'handshake-failed', reason: 'closed-by-us' })).toHaveLength(2);
  await Promise.all(peers.map(({ ended }) => ended));
});

it.each(unfinished)('arrivals: a FIN from a %s socket, %s, is answered at once', async (scheme, _, words) => {
  const { events, listener } = await listening(scheme);
  const peer = visitor(listener.url);
  await once(peer, 'connect');
  peer.end(words);
  await peer.ended;
  const reason = { reason: 'cut-off', bytes: words.length };
  expect(await events.saw({ event: 'handshake-failed' })).toMatchObject(reason);
  expect(listener.handshakes).toBe(0);
});

it('arrivals: a slow-loris request does not put off deadlines.handshake', async () => {
  const { events, listener } = await listening('ws', { handshake: 200 });
  const peer = visitor(listener.url, request);
  const drip = setInterval(() => peer.write('X-a: b\r\n'), 20);
  later(() => clearInterval(drip));
  await peer.ended;
  expect(await events.saw({ event: 'handshake-failed' })).toMatchObject({ reason: 'handshake-timeout' });
});

it.each([
  ['plain HTTP', `${request}\r\n`, 426],
  ['a bad upgrade', upgrade.replace('13', '7'), 400],
])('arrivals: %s is answered, reported and closed', async (_, words, code) => {
  const { events, listener } = await listening('ws');
  expect(await visitor(listener.url, words).ended).toContain(`HTTP/1.1 ${code} `);
  const event = await events.saw({ event: 'handshake-failed' });
  expect(event).toMatchObject({ reason: 'upgrade-refused', code });
  expect(listener.handshakes).toBe(0);
});

it('arrivals: a peer that speaks no TLS is reported with the error', async () => {
  const { events, listener } = await listening('tls');
  await visitor(listener.url, `${request}\r\n`).ended;
  const event = await events.saw({ event: 'handshake-failed' });
  expect(event).toMatchObject({ code: 'ERR_SSL_HTTP_REQUEST', detail: expect.any(String) });
});

it.each(['tls', 'ws', 'wss'])(
  'limits: %s sockets beyond limits.handshakes are closed at once',
  async (scheme) => {
    const { events, listener } = await listening(scheme, { limits: { handshakes: 2 } });
    const kept = [visitor(listener.url), visitor(listener.url)];
    await expect.poll(() => listener.handshakes).toBe(2);
    const refused = Array.from({ length: 50 }, () => visitor(listener.url));
    await Promise.all(refused.map(({ ended }) => ended));
    const told = { limit: 'handshakes', max: 2, refused: 1, url: listener.url };
    expect(events.matching({ event: 'limit-reached' })).toMatchObject([told]);
    await listener.close();
    await Promise.all(kept.map(({ ended }) => ended));
    const counts = events.matching({ event: 'limit-reached' }).map((event) => Reflect.get(event, 'refused'));
    expect(counts).toEqual([1, 49]);
  },
);

it.each([
  ['connections', { connections: 1 }],
  ['perAddress', { perAddress: 1 }],
])(
  'limits: an upgrade beyond limits.%s is answered with 503, and room is free after an end',
  async (limit, limits) => {
    const { supervisor, events, listener } = await listening('ws', { limits });
    const first = new WebSocket(listener.url);
    later(() => first.terminate());
    await once(first, 'open');
    expect(await visitor(listener.url, upgrade).ended).toContain('HTTP/1.1 503 ');
    expect(events.matching({ event: 'limit-reached' })).toMatchObject([{ limit, max: 1, refused: 1 }]);
    expect([listener.connections, listener.handshakes]).toEqual([1, 0]);
    first.close();
    await events.saw({ event: 'left' });
    expect([listener.connections, [...supervisor.connections]]).toEqual([0, []]);
    const next = new WebSocket(listener.url);
    later(() => next.terminate());
    await once(next, 'open');
  },
);

it.each(['tcp', 'tls'])(
  'limits: a %s connection beyond limits.connections is closed at once',
  async (scheme) => {
    const { events, listener } = await listening(scheme, { limits: { connections: 1 } });
    const dial = () =>
      scheme === 'tls'
        ? connectTls({ ...placeOf(listener.url), ca: certificate.cert }).on('error', () => {})
        : visitor(listener.url);
    const first = dial();
    later(() => first.destroy());
    await events.saw({ event: 'accepted' });
    const second = dial();
    later(() => second.destroy());
    await new Promise((resolve) => second.resume().on('close', resolve));
    expect(events.matching({ event: 'limit-reached' })).toMatchObject([{ limit: 'connections' }]);
    expect(listener.connections).toBe(1);
  },
);

it('limits: limits.perAddress also holds for handshakes', async () => {
  const { events, listener } = await listening('ws', { limits: { perAddress: 1 } });
  visitor(listener.url);
  await expect.poll(() => listener.handshakes).toBe(1);
  await visitor(listener.url).ended;
  expect(events.matching({ event: 'limit-reached' })).toMatchObject([{ limit: 'perAddress' }]);
});

it.each([
  [{ conections: 1 }, 'limits.conections'],
  [{ connections: 0 }, 'limits.connections'],
  [{ perAddress: 1.5 }, 'limits.perAddress'],
  [{ handshakes: '10' }, 'limits.handshakes'],
  [7, 'limits'],
  [null, 'limits'],
  [[], 'limits'],
])('limits: %j is refused, and names the field %s', async (limits, path) => {
  const { supervisor } = supervision();
  const attempt = supervisor.listen({ url: 'tcp://127.0.0.1:0', limits: limits as ListenLimits });
  await expect(attempt).rejects.toMatchObject({ code: 'bad-config', problems: [{ path }] });
});
