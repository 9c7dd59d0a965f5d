/** Hints of servers for the delay of a reconnect, and certificate failures, on real sockets. */

import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, test } from 'vitest';
import type { LifecycleEvent } from '../../../../src/actors/supervisor/events.ts';
import { supervision } from '../../../support/supervision.ts';
import { certificate, fixture, serving } from '../../../transport/peers.ts';
import { httpPeer, wsServer } from '../../../transport/websocket-peers.ts';

const YEAR_S = 365 * 24 * 3600;

/** A server that answers every upgrade with this status and a Retry-After header. */
async function refusing(status: number, retryAfter: string | number = 7): Promise<string> {
  const url = await httpPeer((_request, response) => {
    response.writeHead(status, { 'retry-after': String(retryAfter) }).end();
  });
  return url.href;
}

/** A server that accepts each WebSocket and closes it with this code and reason. */
async function dismissing(code: number, reason: string): Promise<string> {
  const { url, server } = await wsServer();
  server.on('connection', (ws) => ws.close(code, reason));
  return url.href;
}

/** The first reconnect-scheduled event of one connection. */
async function waitAfter(
  url: string,
  options = {},
): Promise<Extract<LifecycleEvent, { event: 'reconnect-scheduled' }>> {
  const { supervisor, events } = supervision(options);
  supervisor.connect({ url });
  const event = await events.saw({ event: 'reconnect-scheduled' });
  if (event.event !== 'reconnect-scheduled') throw new Error('another event');
  return event;
}

function expectDelay(delayMs: number, least: number): void {
  expect(delayMs).toBeGreaterThanOrEqual(least);
  expect(delayMs).toBeLessThanOrEqual(least * 1.1 + 1);
}

describe('hint', () => {
  test.each([
    ['Retry-After: 7 with status 503', () => refusing(503), 7000],
    ['Retry-After: 7 with status 429', () => refusing(429), 7000],
    ['retry-after=7s in the reason of a close', () => dismissing(1013, 'busy, retry-after=7s'), 7000],
    ['retry-after=7s with another code', () => dismissing(4000, 'retry-after=7s'), 7000],
    ['Retry-After of a year', () => refusing(503, YEAR_S), 300_000],
    ['retry-after of a year in a close reason', () => dismissing(1012, `retry-after=${YEAR_S}s`), 300_000],
  ])('%s sets the delay of the reconnect, up to 300 s', async (_what, where, least) => {
    const { because, attempt, delayMs } = await waitAfter(await where());
    expect({ because, attempt }).toEqual({ because: 'hint', attempt: 1 });
    expectDelay(delayMs, least);
  });

  test('reconnect.maxHint caps the delay, and 0 ignores the hint', async () => {
    const url = await refusing(503, YEAR_S);
    expectDelay((await waitAfter(url, { reconnect: { maxHint: '2s' } })).delayMs, 2000);
    const none = await waitAfter(url, { reconnect: { maxHint: 0, backoff: { base: 10, jitter: 'none' } } });
    expect(none).toMatchObject({ because: 'backoff', delayMs: 10 });
  });
});

describe('hint and gate', () => {
  test('Retry-After in a 503 holds all connections of the gate, and configure() does not shorten it', async () => {
    const { supervisor, events } = supervision();
    const url = await refusing(503);
    for (const id of ['one', 'two']) supervisor.connect({ id, url });
    const closed = await events.saw({ event: 'gate', to: 'failed' });
    expectDelay('delayMs' in closed ? closed.delayMs : 0, 7000);
    const look = () =>
      [...supervisor.gates].map(({ untilMs, waiting, inFlight }) => ({ untilMs, waiting, inFlight }));
    await events.saw({ event: 'reconnect-scheduled', because: 'gate' });
    expect(look()).toMatchObject([{ waiting: 2, inFlight: 0 }]);
    supervisor.configure({ heartbeat: { interval: '5s' }, reconnect: { backoff: { base: 10, cap: 20 } } });
    expect(look()[0]?.untilMs).toBeGreaterThan(1000);
    expect(events.matching({ to: 'connecting' })).toHaveLength(1);
  });

  test('Retry-After in a 429 delays only its own connection, and no gate closes', async () => {
    const { supervisor, events } = supervision();
    const url = await refusing(429);
    for (const id of ['one', 'two']) supervisor.connect({ id, url });
    for (const connection of ['one', 'two']) {
      const event = await events.saw({ event: 'reconnect-scheduled', connection, because: 'hint' });
      expectDelay('delayMs' in event ? event.delayMs : 0, 7000);
    }
    expect([...supervisor.gates]).toEqual([]);
    expect(events.matching({ event: 'gate' })).toEqual([]);
  });
});

test.each([
  ['has an unknown issuer', certificate.cert, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ['has expired', fixture('expired.crt'), undefined],
])(
  'certificate: a server certificate that %s ends all three connections as fatal, each after one dial',
  async (_what, cert, code) => {
    const server = createTlsServer({ cert, key: certificate.key }, (socket) => socket.on('error', () => {}));
    await serving(server, { host: '127.0.0.1', port: 0 });
    const { supervisor, events } = supervision();
    const url = `tls://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ends = ['one', 'two', 'three'].map((id) => supervisor.connect({ id, url }).closed);
    for (const end of await Promise.all(ends)) {
      expect(end).toMatchObject({ reason: 'certificate', class: 'fatal', ...(code && { code }) });
    }
    expect(events.matching({ event: 'gave-up', reason: 'certificate', because: 'fatal' })).toHaveLength(3);
    expect(events.matching({ to: 'connecting' })).toHaveLength(3);
    expect([...supervisor.gates]).toEqual([]);
  },
);
