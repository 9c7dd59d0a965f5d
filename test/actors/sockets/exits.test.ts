/** How connections end, and what follows: every way out over real sockets, with its reason and class. */
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import type { ConnectSpec } from '../../../src/actors/supervisor/options.ts';
import {
  answers,
  answersLines,
  type Behaviour,
  chatter,
  mute,
  plainServer,
} from '../../support/plain-peer.ts';
import { supervision } from '../../support/supervision.ts';
import { certificate, closedPort, fixture, serving } from '../../transport/peers.ts';

async function tlsServer(cert: string): Promise<string> {
  const server = createTlsServer({ cert, key: certificate.key }, (socket) => socket.on('error', () => {}));
  await serving(server, { host: '127.0.0.1', port: 0 });
  const address = server.address();
  return `tls://127.0.0.1:${typeof address === 'object' && address?.port}`;
}

/** Waits for the first words, and then does something else than answering. */
const onFirstWords =
  (react: Behaviour): Behaviour =>
  (peer) =>
    peer.socket.once('data', () => react(peer));

/** Dials a plain server that behaves so. */
const server =
  (behaviour: Behaviour, scheme = 'tcp') =>
  async () =>
    (await plainServer(behaviour, { scheme })).url;

const answerAnd = (rest: Behaviour) =>
  onFirstWords((peer) => {
    peer.write('PONG\n');
    rest(peer);
  });

type Row = [why: string, where: () => Promise<string>, exit: object, options?: Omit<ConnectSpec, 'url'>];

const rows: Row[] = [
  [
    'an end of stream after the answer',
    server(answerAnd((peer) => peer.socket.end())),
    { reason: 'closed-by-peer', class: 'normal' },
  ],
  [
    'an end of stream before any answer',
    server(onFirstWords((peer) => peer.socket.end())),
    { reason: 'cut-off', class: 'retryable' },
  ],
  [
    'an end of stream inside a line',
    server(answerAnd((peer) => peer.socket.end('half a li'))),
    { reason: 'cut-off', class: 'retryable' },
  ],
  [
    'no answer to the first probe',
    server(mute),
    { reason: 'handshake-timeout', class: 'retryable' },
    { deadlines: { handshake: 100 } },
  ],
  [
    'no answer to the TLS hello',
    server(mute, 'tls'),
    { reason: 'connect-timeout', class: 'retryable' },
    { deadlines: { connect: 100 } },
  ],
  [
    'no answer to a later probe',
    server(answers('PING\n', 'PONG\n', 1)),
    { reason: 'heartbeat-timeout', class: 'retryable' },
    { heartbeat: { interval: 100, suspectAfter: { min: 50, max: 50 }, condemnAfter: 100 } },
  ],
  [
    'a reset after the answer',
    server(answerAnd((peer) => void peer.saw('PING\n', 2).then(() => peer.socket.resetAndDestroy()))),
    { reason: 'reset', class: 'retryable', code: 'ECONNRESET' },
    { heartbeat: { interval: 100 } },
  ],
  [
    'a port where nothing listens',
    async () => `tcp://127.0.0.1:${await closedPort()}`,
    { reason: 'refused', class: 'retryable', code: 'ECONNREFUSED' },
  ],
  [
    'a name without an address',
    async () => 'tcp://nowhere.invalid:1',
    { reason: 'not-found', class: 'retryable' },
  ],
  [
    'a certificate of an unknown authority',
    () => tlsServer(certificate.cert),
    { reason: 'certificate', class: 'fatal', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
  ],
  [
    'a certificate that has expired',
    () => tlsServer(fixture('expired.crt')),
    { reason: 'certificate', class: 'fatal' },
  ],
];

describe('exit: a connection that ends', () => {
  it.each(rows)('because of %s says so', async (_why, where, exit, options) => {
    const { supervisor, events } = supervision();
    supervisor.connect({ ...options, url: await where() });
    expect(await events.saw({ to: 'closed' })).toMatchObject(exit);
    const follows = 'class' in exit && exit.class === 'fatal' ? 'gave-up' : 'reconnect-scheduled';
    await events.saw({ event: follows, incarnation: 1 });
  });

  it('for a fatal reason rejects `ready()`, and is not tried again', async () => {
    const { supervisor, events } = supervision();
    const connection = supervisor.connect({ url: await tlsServer(certificate.cert) });
    const ready = connection.ready();
    await expect(ready).rejects.toMatchObject({ code: 'closed', exit: { reason: 'certificate' } });
    expect(await connection.closed).toMatchObject({ class: 'fatal', proved: false, livedMs: 0 });
    expect(events.matching({ event: 'reconnect-scheduled' })).toEqual([]);
    expect([...supervisor.connections]).toEqual([]);
  });
});

describe('exit: a limit on a healthy link', () => {
  const heartbeat = { interval: 50, suspectAfter: { min: 1000, max: 1000 } };

  it('ends one that carries heartbeats and no business, and a permanent one comes back', async () => {
    const { supervisor, events } = supervision({ heartbeat, deadlines: { idle: 300 } });
    const server = await plainServer(answersLines);
    supervisor.connect({ url: server.url });
    const alive = await events.saw({ to: 'alive' });
    const idle = await events.saw({ to: 'closing', reason: 'idle-timeout' });
    expect(events.timeOf(idle) - events.timeOf(alive)).toBeGreaterThan(290);
    expect((await server.peer()).count('PING\n')).toBeGreaterThan(2);
    await events.saw({ to: 'closed', reason: 'idle-timeout', class: 'normal' });
    await events.saw({ to: 'alive', incarnation: 2 });
  });

  it('ends one that is old enough, however busy, and a permanent one comes back', async () => {
    const { supervisor, events } = supervision({ heartbeat, deadlines: { idle: 300, maxAge: 700 } });
    const server = await plainServer((peer) => {
      answersLines(peer);
      chatter(peer, 'tick\n', 20);
    });
    supervisor.connect({ url: server.url });
    const alive = await events.saw({ to: 'alive' });
    const old = await events.saw({ to: 'closing' });
    expect(old).toMatchObject({ reason: 'max-age' });
    expect(events.timeOf(old) - events.timeOf(alive)).toBeGreaterThan(690);
    await events.saw({ to: 'closed', reason: 'max-age', class: 'normal' });
    await events.saw({ to: 'alive', incarnation: 2 });
  });
});
