/** TLS failures that pass, between real sockets: peers that send raw alert records, plain text, corrupt records. */
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { silentLogger } from '../../src/base/log.ts';
import { reasonClasses } from '../../src/policy/exits.ts';
import type { Socket as Dialled } from '../../src/ports/transport.ts';
import { createSupervisor } from '../../src/presets/node.ts';
import { tls } from '../../src/transport/tls.ts';
import { webSocketOverWs } from '../../src/transport/websocket-ws.ts';
import { certificate, fixture, later, serving } from './peers.ts';
import { RecordingSink } from './recording-sink.ts';

const ours = { ca: certificate.cert };
const transports = [
  ['tls', tls(ours)],
  ['wss', webSocketOverWs(ours)],
] as const;

async function portOf(server: Server): Promise<number> {
  await serving(server, { host: '127.0.0.1', port: 0 });
  return (server.address() as AddressInfo).port;
}

/** Answers the first bytes of each client, and ends. */
async function answering(bytes: Uint8Array | string): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {}).once('data', () => socket.end(bytes));
  });
  return portOf(server);
}

async function outcome(at: number, port: number) {
  const [scheme, transport] = transports[at] as (typeof transports)[number];
  const sink = new RecordingSink();
  const socket = transport.dial({ url: new URL(`${scheme}://127.0.0.1:${port}`) }, sink as never);
  later(() => socket.destroy());
  await sink.saw('closed');
  return { calls: sink.calls, ...sink.failures[0] };
}

const fatalAlert = (description: number) => Uint8Array.of(0x15, 3, 3, 0, 2, 2, description);

test.each([
  ['alert 80 (internal_error)', fatalAlert(80), 'tls-not-ready'],
  ['alert 90 (user_canceled)', fatalAlert(90), 'tls-not-ready'],
  ['alert 112 (unrecognized_name)', fatalAlert(112), 'tls-not-ready'],
  ['alert 51 (decrypt_error)', fatalAlert(51), 'tls-not-ready'],
  ['alert 20 (bad_record_mac)', fatalAlert(20), 'cut-off'],
  ['a plain 503', 'HTTP/1.1 503 Service Unavailable\r\n\r\n', 'tls-not-ready'],
  ['alert 40 (handshake_failure)', fatalAlert(40), 'protocol-error'],
  ['alert 48 (unknown_ca)', fatalAlert(48), 'protocol-error'],
  ['alert 70 (protocol_version)', fatalAlert(70), 'protocol-error'],
] as const)(
  'not yet: %s in place of a ServerHello is judged alike over TLS and wss',
  async (_, bytes, reason) => {
    for (const at of transports.keys()) {
      const port = await answering(bytes);
      expect(await outcome(at, port)).toMatchObject({ calls: ['failed', 'closed'], reason });
    }
  },
);

test('not yet: a certificate that is not valid yet is tls-not-ready, and the link is alive once it is', async () => {
  const young = { cert: fixture('future.crt'), key: certificate.key };
  const server: TlsServer = createTlsServer(young, (socket) => {
    socket.on('error', () => {}).on('data', () => socket.write('PONG\n'));
  });
  const port = await portOf(server);
  const transport = tls({ ca: [young.cert, certificate.cert] });
  const supervisor = createSupervisor({
    logger: silentLogger,
    transports: [transport],
    reconnect: { backoff: { type: 'fixed', delay: 20, jitter: 'none' } },
  });
  later(() => supervisor.stop());
  supervisor.events$.subscribe((event) => {
    if (event.event === 'reconnect-scheduled' && event.attempt === 2) server.setSecureContext(certificate);
  });
  const exits: unknown[] = [];
  supervisor.events$.subscribe(
    (event) => event.event === 'state' && event.to === 'closed' && exits.push(event),
  );
  const connection = supervisor.connect({ url: `tls://127.0.0.1:${port}` });
  await connection.ready();
  expect(exits[0]).toMatchObject({ reason: 'tls-not-ready', class: 'retryable', code: 'CERT_NOT_YET_VALID' });
});

/** A wire to `port` that flips a bit of what passes towards the server or the client, when told to. */
async function wire(port: number) {
  const flipped = { toServer: false, toClient: false };
  const pass = (from: Socket, to: Socket, side: keyof typeof flipped) => {
    from.on('error', () => {}).on('close', () => to.destroy());
    from.on('data', (chunk) => {
      const last = chunk.length - 1;
      if (flipped[side]) chunk[last] = (chunk[last] ?? 0) ^ 1;
      to.write(chunk);
    });
  };
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    pass(client, upstream, 'toServer');
    pass(upstream, client, 'toClient');
  });
  return { port: await portOf(server), flipped };
}

async function echo(scheme: 'tls' | 'wss', maxVersion: 'TLSv1.2' | 'TLSv1.3'): Promise<number> {
  if (scheme === 'tls') {
    return portOf(
      createTlsServer({ ...certificate, maxVersion }, (socket) => {
        socket.on('error', () => {}).on('data', (chunk) => socket.write(chunk));
      }),
    );
  }
  const server = createHttpsServer({ ...certificate, maxVersion });
  new WebSocketServer({ server }).on('connection', (ws) =>
    ws.on('error', () => {}).on('message', (data) => ws.send(data)),
  );
  return portOf(server);
}

for (const [at, [scheme, transport]] of transports.entries()) {
  test.each([
    ['TLSv1.2', 'toClient'],
    ['TLSv1.2', 'toServer'],
    ['TLSv1.3', 'toClient'],
    ['TLSv1.3', 'toServer'],
  ] as const)(
    `not yet: a bit flipped on an open ${scheme} link over %s, %s, ends it as retryable`,
    async (version, side) => {
      const { port, flipped } = await wire(await echo(scheme, version));
      const sink = new RecordingSink();
      const socket = transport.dial(
        { url: new URL(`${scheme}://127.0.0.1:${port}`) },
        sink as never,
      ) as Dialled<unknown>;
      later(() => socket.destroy());
      await sink.saw('opened');
      socket.write(at === 0 ? new TextEncoder().encode('hello') : 'hello', false);
      await sink.saw('received');
      flipped[side] = true;
      socket.write(at === 0 ? new TextEncoder().encode('hello') : 'hello', false);
      await sink.until(() => sink.failures.length > 0 || sink.calls.includes('ended'));
      const [failure] = sink.failures;
      expect([failure?.reason, reasonClasses[failure?.reason ?? 'bad-config']]).toEqual([
        'cut-off',
        'retryable',
      ]);
    },
  );
}
