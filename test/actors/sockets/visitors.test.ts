/** Log lines about visitors: peers that open a connection and close it without a byte, as health checks do. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Logger } from '../../../src/base/log.ts';
import { line } from '../../../src/protocols/line.ts';
import { tls } from '../../../src/transport/tls.ts';
import { supervision } from '../../support/supervision.ts';
import { certificate, later, placeOf } from '../../transport/peers.ts';

interface Line {
  readonly level: number;
  readonly event: string;
  readonly to?: string;
}

async function listening(scheme: string) {
  const lines: Line[] = [];
  const write = (text: string) => lines.push(JSON.parse(text) as Line);
  const logger = pino({ base: null, level: 'debug' }, { write }) as Logger;
  const here = supervision({ logger, transports: [tls(certificate)] });
  const protocol = scheme === 'ws' ? 'websocket' : line();
  const listener = await here.supervisor.listen({ url: `${scheme}://127.0.0.1:0`, protocol });
  lines.length = 0;
  return { ...here, listener, lines };
}

function kindsOf(lines: readonly Line[]): string[] {
  return lines.map(({ level, event, to }) => `${level} ${to ?? event}`);
}

const asBefore = ['30 accepted', '30 connecting', '30 alive', '30 closing', '30 closed', '30 left'];

it.each([
  ['an end of stream', 'end'],
  ['a reset', 'resetAndDestroy'],
] as const)('visitors: a TCP health check with %s is one line at debug, and six events', async (_, leave) => {
  const { listener, lines, events } = await listening('tcp');
  const socket = connect(placeOf(listener.url)).on('error', () => {});
  await once(socket, 'connect');
  await events.saw({ event: 'state', to: 'alive' });
  socket[leave]();
  await events.saw({ event: 'left' });
  expect(kindsOf(lines)).toEqual(['20 left']);
  expect(lines).toMatchObject([{ peer: expect.stringMatching(/^127/), connection: 'accepted-1' }]);
  expect(events.all.slice(1)).toHaveLength(6);
});

it('visitors: a health check that ends its TLS handshake and says nothing is one line at debug', async () => {
  const { listener, lines, events } = await listening('tls');
  const socket = connectTls({ ...placeOf(listener.url), ca: certificate.cert }).on('error', () => {});
  await once(socket, 'secureConnect');
  socket.end();
  await events.saw({ event: 'left' });
  socket.destroy();
  expect(kindsOf(lines)).toEqual(['20 left']);
});

it('visitors: a peer that sends a byte has its lines as ever, from that byte on', async () => {
  const { listener, lines, events } = await listening('tcp');
  const socket = connect(placeOf(listener.url)).on('error', () => {});
  await events.saw({ event: 'state', to: 'alive' });
  expect(kindsOf(lines)).toEqual([]);
  socket.write('PING\n');
  await once(socket, 'data');
  expect(kindsOf(lines)).toEqual(asBefore.slice(0, 3));
  socket.end();
  await events.saw({ event: 'left' });
  expect(kindsOf(lines)).toEqual(asBefore);
});

it('visitors: a silent peer that stays for a second has its lines', async () => {
  const { listener, lines } = await listening('tcp');
  const socket = connect(placeOf(listener.url)).on('error', () => {});
  later(() => socket.destroy());
  await expect.poll(() => kindsOf(lines), { timeout: 10_000 }).toEqual(asBefore.slice(0, 3));
});

it('visitors: a silent peer that this side closes has its lines', async () => {
  const { supervisor, listener, lines, events } = await listening('tcp');
  connect(placeOf(listener.url)).resume();
  await events.saw({ event: 'state', to: 'alive' });
  await supervisor.stop();
  expect(kindsOf(lines)).toEqual(asBefore);
});

it('visitors: a WebSocket that only opens and closes has its lines', async () => {
  const { listener, lines, events } = await listening('ws');
  const peer = new WebSocket(listener.url);
  await once(peer, 'open');
  peer.close();
  await events.saw({ event: 'left' });
  expect(kindsOf(lines)).toEqual(asBefore);
});

it.each(['ws', 'tls'])(
  'visitors: a TCP health check of a %s listener is one line at debug',
  async (scheme) => {
    const { listener, lines, events } = await listening(scheme);
    const socket = connect(placeOf(listener.url)).resume();
    await once(socket, 'connect');
    socket.end();
    await events.saw({ event: 'handshake-failed' });
    expect(kindsOf(lines)).toEqual(['20 handshake-failed']);
  },
);
