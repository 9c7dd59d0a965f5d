/** Dials of names with several addresses, over loopback addresses and a lookup of the test. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { silentLogger } from '../../src/base/log.ts';
import type { Failure } from '../../src/policy/exits.ts';
import { createSupervisor } from '../../src/presets/node.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { Dialling } from '../../src/transport/dialling.ts';
import type { Lookup } from '../../src/transport/lookups.ts';
import { tcp } from '../../src/transport/tcp.ts';
import { tls } from '../../src/transport/tls.ts';
import { webSocketOverWs } from '../../src/transport/websocket-ws.ts';
import { certificate, later, notingNames, serving } from './peers.ts';
import { RecordingSink } from './recording-sink.ts';

/** Every name has these addresses. */
const lookupOf =
  (...addresses: string[]): Lookup =>
  (_host, _options, answer) =>
    answer(
      null,
      addresses.map((address) => ({ address, family: 4 })),
    );

async function at(server: Server, host: string, port = 0): Promise<number> {
  await serving(server, { host, port });
  return (server.address() as AddressInfo).port;
}

const silent = () => createServer((socket) => socket.on('error', () => {}));
const answering = () =>
  createServer((socket) => socket.on('error', () => {}).on('data', () => socket.write('PONG\n')));

/** A dial, in virtual time, whose addresses never answer, but for those in `opens`. */
function race(addresses: string[], opens: Readonly<Record<string, number>> = {}) {
  const dialled: [string, number][] = [];
  const sockets: Socket[] = [];
  const clock = virtualClock();
  const calls: unknown[] = [];
  const dialling = new Dialling(
    {
      host: 'feed.example',
      clock,
      dialler: undefined,
      event: 'connect',
      options: { lookup: lookupOf(...addresses) },
      connect(address) {
        const socket = new Socket();
        dialled.push([address, clock.scheduler.now()]);
        sockets.push(socket);
        const port = opens[address];
        return port === undefined ? socket : socket.connect(port, '127.0.0.1');
      },
    },
    {
      won: (socket) => calls.push(socket),
      failed: (failure) => calls.push(failure),
      closed: () => calls.push('closed'),
    },
  );
  later(() => dialling.destroy());
  return { clock, dialling, dialled, sockets, calls };
}

test('dialling: the next address is dialled after 1.5 s, and those before it are dropped when it opens', async () => {
  const port = await at(silent(), '127.0.0.1');
  const { clock, dialling, dialled, sockets, calls } = race(['a', 'b', 'c'], { b: port });
  await clock.run(1499);
  expect(dialling.progress).toEqual({ detail: 'feed.example: a: no answer; 2 not dialled yet', untried: 2 });
  const dropped = once(sockets[0] as Socket, 'close');
  await clock.run(1);
  await dropped;
  const [, second] = sockets as [Socket, Socket];
  later(() => second.destroy());
  expect(dialled).toEqual([
    ['a', 0],
    ['b', 1500],
  ]);
  expect(calls).toEqual([second]);
  expect([second.listenerCount('error'), clock.pending]).toEqual([0, 0]);
});

test('dialling: a stall of our own gives the address its time anew, twice in a row', async () => {
  const { clock, dialling, dialled } = race(['a', 'b']);
  await clock.settle();
  for (let stall = 0; stall < 3; stall++) {
    expect(dialled).toEqual([['a', 0]]);
    clock.stall(2000);
    await clock.settle();
  }
  expect(dialled).toEqual([
    ['a', 0],
    ['b', 6000],
  ]);
  dialling.destroy();
  expect(clock.pending).toBe(0);
});

test('dialling: a dial that is dropped leaves no timer, and neither does the last address', async () => {
  const { clock, dialling, dialled } = race(['a', 'b', 'c']);
  await clock.run(1500);
  expect([dialled.length, clock.pending]).toEqual([2, 1]);
  await clock.run(1500);
  expect([dialled.length, clock.pending]).toEqual([3, 0]);
  dialling.destroy();
  const other = race(['a', 'b']);
  await other.clock.settle();
  other.dialling.destroy();
  expect(other.clock.pending).toBe(0);
});

test('dialling: a dial that is dropped while it looks the name up says so, and closes without a failure', async () => {
  const { dialling, dialled, calls } = race(['a']);
  expect(dialling.progress).toEqual({ detail: 'resolving feed.example' });
  dialling.destroy();
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect([calls, dialled]).toEqual([['closed'], []]);
});

const wss = { ca: certificate.cert };
test.each([
  ['tcp', (lookup: Lookup) => tcp({ lookup })],
  ['tls', (lookup: Lookup) => tls({ ...wss, lookup })],
  ['ws', (lookup: Lookup) => webSocketOverWs({ lookup })],
  ['wss', (lookup: Lookup) => webSocketOverWs({ ...wss, lookup })],
] as const)('dialling: over %s a failure names every address of the name', async (scheme, make) => {
  const port = await at(silent(), '127.0.0.9');
  const sink = new RecordingSink();
  const target = { url: new URL(`${scheme}://localhost:${port}`) };
  make(lookupOf('127.0.0.2', '127.0.0.3')).dial(target, sink as never);
  await sink.saw('closed');
  const [failure] = sink.failures as [Failure];
  expect([sink.calls, failure.reason, failure.code]).toEqual([
    ['failed', 'closed'],
    'refused',
    'ECONNREFUSED',
  ]);
  expect(failure.detail).toMatch(/127\.0\.0\.2:.* 127\.0\.0\.3:/);
});

test.each(['tls', 'wss'] as const)(
  'dialling: over %s SNI and certificate have the name, not the address',
  async (scheme) => {
    const names: string[] = [];
    const server = createTlsServer(notingNames(names));
    const port = await at(server, '127.0.0.4');
    const options = { ...wss, lookup: lookupOf('127.0.0.3', '127.0.0.4') };
    const transport = scheme === 'tls' ? tls(options) : webSocketOverWs(options);
    const sink = new RecordingSink();
    const socket = transport.dial({ url: new URL(`${scheme}://localhost:${port}`) }, sink as never);
    later(() => socket.destroy());
    await once(server, 'secureConnection');
    expect(names).toEqual(['localhost']);
  },
);

test('dialling: a WebSocket is opened at the address that answers, with the name as its host', async () => {
  const hosts: unknown[] = [];
  const server = createHttpServer();
  new WebSocketServer({ server }).on('connection', (_, { headers }) => hosts.push(headers.host));
  const port = await at(server, '127.0.0.4');
  const sink = new RecordingSink();
  const transport = webSocketOverWs({ lookup: lookupOf('127.0.0.3', '127.0.0.4') });
  const socket = transport.dial({ url: new URL(`ws://feed.example:${port}/x`) }, sink as never);
  later(() => socket.destroy());
  await sink.saw('opened');
  expect(hosts).toEqual([`feed.example:${port}`]);
});

test('dialling: an address that accepts and never answers is left for the next one, and named by the exit', async () => {
  const port = await at(silent(), '127.0.0.3');
  await at(answering(), '127.0.0.4', port);
  const supervisor = createSupervisor({
    logger: silentLogger,
    lookup: lookupOf('127.0.0.3', '127.0.0.4'),
    deadlines: { handshake: 200 },
    reconnect: { backoff: { type: 'fixed', delay: 20, jitter: 'none' } },
  });
  later(() => supervisor.stop());
  const ends: unknown[] = [];
  supervisor.events$.subscribe(
    (event) => event.event === 'state' && event.to === 'closed' && ends.push(event),
  );
  const connection = supervisor.connect({ url: `tcp://feed.example:${port}` });
  await connection.ready();
  expect(ends).toMatchObject([{ reason: 'handshake-timeout', detail: `no answer from 127.0.0.3:${port}` }]);
  // It served well, and is dialled again.
  connection.reconnect();
  await connection.ready();
  expect([ends.length, connection.incarnation]).toEqual([2, 3]);
});

test('dialling: a lookup that takes longer than deadlines.connect ends as connect-timeout, resolving', async () => {
  let lookups = 0;
  const lookup: Lookup = () => void lookups++;
  const supervisor = createSupervisor({
    logger: silentLogger,
    lookup,
    deadlines: { connect: 100 },
    reconnect: { backoff: { type: 'fixed', delay: 10, jitter: 'none' }, maxAttempts: 3 },
  });
  later(() => supervisor.stop());
  const connections = ['tcp://a.example:1', 'ws://a.example:1'].map((url) => supervisor.connect({ url }));
  expect(connections.map(({ peer }) => peer)).toEqual([undefined, undefined]);
  const exits = await Promise.all(connections.map(({ closed }) => closed));
  for (const exit of exits)
    expect(exit).toMatchObject({ reason: 'connect-timeout', detail: 'resolving a.example' });
  expect(lookups).toBe(1);
});
