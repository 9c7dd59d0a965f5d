/** What the kernel and the peer see of the options of a dial, on real sockets. */
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, Socket as NetSocket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import type { Transport } from '../../src/ports/transport.ts';
import { tcp } from '../../src/transport/tcp.ts';
import { tls } from '../../src/transport/tls.ts';
import { webSocketOverWs } from '../../src/transport/websocket-ws.ts';
import { certificate, later, listening, Reception, serving } from './peers.ts';
import { bytes, RecordingSink } from './recording-sink.ts';

afterEach(() => vi.restoreAllMocks());

type Make = (options: object) => Transport<never>;

/** Each says a word at once: what a dial has sent is acknowledged when that arrives, and no other timer of the kernel runs. */
const servers = {
  tcp: () => createServer((socket) => socket.on('error', () => {}).write('hello')),
  tls: () => createTlsServer(certificate, (socket) => socket.on('error', () => {}).write('hello')),
  ws: () => upgrading(createHttpServer()),
  wss: () => upgrading(createHttpsServer(certificate)),
};

function upgrading<S extends object>(server: S): S {
  new WebSocketServer({ server: server as never }).on('connection', (ws) => ws.send('hello'));
  return server;
}

const makers: readonly (readonly [keyof typeof servers, Make])[] = [
  ['tcp', tcp as unknown as Make],
  ['tls', tls as unknown as Make],
  ['ws', webSocketOverWs as unknown as Make],
  ['wss', webSocketOverWs as unknown as Make],
];

/** The peer's plain socket of an opened dial. */
async function opened(scheme: keyof typeof servers, make: Make, options: object, host = '127.0.0.1') {
  const server = servers[scheme]();
  const arrived = new Promise<NetSocket>((resolve) => server.once('connection', resolve));
  await serving(server, { host: '127.0.0.1', port: 0 });
  const secure = scheme === 'tls' || scheme === 'wss' ? { ca: certificate.cert } : {};
  const sink = new RecordingSink<never>();
  const url = new URL(`${scheme}://${host}:${(server.address() as AddressInfo).port}`);
  const socket = make({ ...secure, ...options }).dial({ url }, sink);
  later(() => socket.destroy());
  await sink.saw('received');
  return arrived;
}

/**
 * The keepalive timer of the kernel for the socket with that local port, in seconds to its end; undefined: none runs. Column `tr` of
 * proc_net_tcp: 02 is the keepalive timer, followed by its jiffies.
 */
function keepAliveTimer(port: number): number | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const row = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(([, local = '', , state]) => local.endsWith(`:${hex}`) && state === '01');
  const [kind, jiffies = '0'] = (row?.[5] ?? '').split(':');
  return kind === '02' ? Number.parseInt(jiffies, 16) / 100 : undefined;
}

describe.each(makers)('a dial over %s', (scheme, make) => {
  it.each(['127.0.0.1', 'localhost'])('begins at localAddress: %s', async (host) => {
    const peer = await opened(scheme, make, { localAddress: '127.0.0.2' }, host);
    expect(peer.remoteAddress).toBe('127.0.0.2');
  });

  // Other systems show no timers of sockets.
  it.runIf(process.platform === 'linux').each([
    [{}, 60],
    [{ keepAliveInitialDelay: '2000s' }, 2000],
    [{ keepAliveInitialDelay: 600_100 }, 601],
    [{ keepAlive: false }, undefined],
  ])('has the keepalive of %j', async (options, seconds) => {
    const { remotePort = 0 } = await opened(scheme, make, options);
    if (seconds === undefined) return expect(keepAliveTimer(remotePort)).toBeUndefined();
    // Until the peer has acknowledged what was sent, the kernel shows the timer of that.
    const left = await vi.waitFor(() => {
      const timer = keepAliveTimer(remotePort);
      expect(timer).toBeDefined();
      return timer as number;
    });
    expect(Math.abs(left - seconds)).toBeLessThan(30);
  });

  // No system shows the option of a socket to another process: the call is what can be seen.
  it.each([true, false])('ends with noDelay: %s', async (noDelay) => {
    const set = vi.spyOn(NetSocket.prototype, 'setNoDelay');
    const { remotePort } = await opened(scheme, make, { noDelay });
    const calls = set.mock.calls.filter(
      (_, at) => (set.mock.contexts[at] as NetSocket).localPort === remotePort,
    );
    expect(calls.at(-1)).toEqual([noDelay]);
  });
});

describe.each(makers)('a socket accepted over %s', (scheme, make) => {
  it.runIf(process.platform === 'linux')('has the keepalive of its transport', async () => {
    const secure = scheme === 'tls' || scheme === 'wss';
    const transport = make({ ...(secure && certificate), keepAliveInitialDelay: '2000s' });
    const reception = new Reception();
    const bound = await listening(transport, new URL(`${scheme}://127.0.0.1:0`), reception);
    const theirs = new RecordingSink<never>();
    const dialled = make(secure ? { ca: certificate.cert } : {}).dial({ url: new URL(bound.url) }, theirs);
    later(() => dialled.destroy());
    const sink = new RecordingSink<never>();
    const adopted = transport.adopt?.(await reception.next(), sink);
    later(() => adopted?.destroy());
    await sink.saw('opened');
    // The answer acknowledges all that this side has sent: no other timer of the kernel runs.
    adopted?.write(bytes('hello') as never, false);
    await theirs.saw('received');
    dialled.write(bytes('hello') as never, false);
    await sink.saw('received');
    const left = keepAliveTimer(Number(new URL(bound.url).port)) ?? 0;
    expect(left).toBeGreaterThan(1900);
  });
});
