/** Accepted streams that are no sockets of the kernel, and what is no stream of bytes. */
import { EventEmitter, once } from 'node:events';
import { connect, createServer, type Socket as NetSocket, type Server } from 'node:net';
import { Duplex, duplexPair, PassThrough, Readable } from 'node:stream';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/base/errors.ts';
import { silentLogger } from '../../src/base/log.ts';
import { createSupervisor } from '../../src/presets/node.ts';
import { adoptStream } from '../../src/transport/adopting.ts';
import { tcp } from '../../src/transport/tcp.ts';
import { webSocketOverWs } from '../../src/transport/websocket-ws.ts';
import { certificate, later, roundTrip, serving } from './peers.ts';
import { bytes, RecordingSink } from './recording-sink.ts';

function adopt(raw: unknown) {
  const sink = new RecordingSink();
  const socket = adoptStream(raw, sink);
  later(() => socket.destroy());
  return { sink, socket };
}

function supervised() {
  const supervisor = createSupervisor({ logger: silentLogger });
  later(() => supervisor.stop());
  return supervisor;
}

const echoing = {
  transport: tcp(),
  protocol: 'line',
  onConnection: (connection: {
    send(message: unknown): unknown;
    messages$: { subscribe(next: (message: unknown) => void): unknown };
  }) => connection.messages$.subscribe((message) => void connection.send(message)),
} as const;

/** The lines that come out of `stream`, once there are as many. */
async function linesFrom(stream: Duplex, count: number): Promise<string[]> {
  let text = '';
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    text += chunk;
    if (text.split('\n').length > count) break;
  }
  return text.split('\n').slice(0, count);
}

async function acceptedBy(server: Server): Promise<{ client: NetSocket; accepted: NetSocket }> {
  await serving(server, { host: '127.0.0.1', port: 0 });
  const { port } = server.address() as { port: number };
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  later(() => client.destroy());
  const [accepted] = (await once(server, 'connection')) as [NetSocket];
  return { client: client.on('error', () => {}), accepted };
}

describe('an accepted Duplex', () => {
  it('accept: a connection over a pair of streams answers pings, echoes, and says goodbye', async () => {
    const [ours, theirs] = duplexPair();
    const connection = supervised().accept(ours, echoing);
    theirs.write('PING\nhello\n');
    expect(await linesFrom(theirs, 2)).toEqual(['PONG', 'hello']);
    expect(connection).toMatchObject({ state: 'alive' });
    const ended = once(theirs.resume(), 'end');
    const closed = connection.close();
    await ended;
    theirs.end();
    await closed;
    expect(await connection.closed).toMatchObject({ reason: 'closed-by-us' });
    expect(ours.destroyed).toBe(true);
  });

  it('accept: the end of a stream, and an error of it, end the connection with their reasons', async () => {
    const supervisor = supervised();
    const [ours, theirs] = duplexPair();
    const left = supervisor.accept(ours, echoing);
    theirs.end('PING\n');
    theirs.resume();
    expect(await left.closed).toMatchObject({ reason: 'closed-by-peer' });
    const [broken] = duplexPair();
    const failed = supervisor.accept(broken, echoing);
    await roundTrip();
    broken.destroy(Object.assign(new Error('the channel broke'), { code: 'ECONNRESET' }));
    expect(await failed.closed).toMatchObject({ reason: 'reset', code: 'ECONNRESET' });
  });

  it('duplex: passes bytes both ways, each write reported once, and has no peer', async () => {
    const [ours, theirs] = duplexPair();
    const { sink, socket } = adopt(ours);
    expect(sink.calls).toEqual([]);
    await sink.saw('opened');
    theirs.write('ping');
    await sink.sawText('ping');
    const sent = bytes('pong');
    socket.write(sent, false);
    const [chunk] = (await once(theirs, 'data')) as [Uint8Array];
    chunk.fill(0);
    expect(sent).toEqual(bytes('pong'));
    await sink.saw('written');
    expect(socket.remote).toBeUndefined();
    expect(tcp().peerOf?.(ours)).toBeUndefined();
    expect(tcp().isSilent?.(ours)).toBeUndefined();
  });

  it('duplex: bytes and an end from before the adoption are delivered, and a pause holds them', async () => {
    const [ours, theirs] = duplexPair();
    theirs.end('early');
    await roundTrip();
    const { sink, socket } = adopt(ours);
    socket.pause();
    await roundTrip();
    expect(sink.calls).toEqual(['opened']);
    socket.resume();
    await sink.saw('ended');
    expect(sink.text).toBe('early');
  });

  it('duplex: one that was destroyed before is failed and closed', async () => {
    const [ours] = duplexPair();
    ours.destroy();
    const { sink } = adopt(ours);
    await sink.saw('closed');
    expect(sink.calls).toEqual(['failed', 'closed']);
  });

  it.each([
    ['emits no close', { emitClose: false }],
    ['does not destroy itself', { autoDestroy: false }],
    ['does neither', { emitClose: false, autoDestroy: false }],
  ])(
    'duplex: one that %s is closed once, after destroy(), after both ends, and after an error',
    async (_, options) => {
      const make = () => new Duplex({ ...options, read() {}, write: (_chunk, _encoding, done) => done() });
      const dropped = adopt(make());
      await dropped.sink.saw('opened');
      dropped.socket.destroy();
      await dropped.sink.saw('closed');

      const stream = make();
      const ended = adopt(stream);
      stream.push(null);
      await ended.sink.saw('ended');
      ended.socket.end();
      await ended.sink.saw('closed');

      const broken = make();
      const failed = adopt(broken);
      await failed.sink.saw('opened');
      broken.emit('error', new Error('broken'));
      await failed.sink.saw('closed');
      await roundTrip();
      expect([dropped, ended, failed].map(({ sink }) => sink.calls)).toEqual([
        ['opened', 'closed'],
        ['opened', 'ended', 'closed'],
        ['opened', 'failed', 'closed'],
      ]);
    },
  );

  it('duplex: a _write that throws, and one that fails, break the stream once', async () => {
    const writes = [
      () => {
        throw new Error('thrown');
      },
      (_chunk: unknown, _encoding: unknown, done: (error: Error) => void) => done(new Error('failed')),
    ];
    for (const write of writes) {
      const { sink, socket } = adopt(new Duplex({ read() {}, write }));
      await sink.saw('opened');
      socket.write(bytes('a'), false);
      socket.write(bytes('b'), false);
      await sink.saw('closed');
      expect(sink.calls).toEqual(['opened', 'failed', 'closed']);
    }
  });
});

describe('an accepted socket', () => {
  it('accept: a socket that was paused in its connection event is read, with what came before', async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) => socket.pause());
    const { client, accepted } = await acceptedBy(server);
    client.write('PING\nbefore\n');
    await roundTrip();
    supervised().accept(accepted, echoing);
    expect(await linesFrom(client, 2)).toEqual(['PONG', 'before']);
  });

  it('accept: bytes that were put back with unshift come first', async () => {
    const { client, accepted } = await acceptedBy(
      createServer({ allowHalfOpen: true, pauseOnConnect: true }),
    );
    accepted.unshift('PING\nfirst\n');
    client.write('second\n');
    supervised().accept(accepted, echoing);
    expect(await linesFrom(client, 3)).toEqual(['PONG', 'first', 'second']);
  });

  it('accept: a TLSSocket around an accepted socket is alive, and its failed handshake an exit', async () => {
    const supervisor = supervised();
    const wrap = (accepted: NetSocket) =>
      supervisor.accept(new TLSSocket(accepted, { ...certificate, isServer: true }), echoing);
    const first = await acceptedBy(createServer({ pauseOnConnect: true }));
    const alive = wrap(first.accepted);
    const secure = connectTls({ socket: first.client, ca: certificate.cert, servername: 'localhost' });
    later(() => secure.destroy());
    secure.write('PING\nsecret\n');
    expect(await linesFrom(secure, 2)).toEqual(['PONG', 'secret']);
    expect(alive.state).toBe('alive');
    const second = await acceptedBy(createServer({ pauseOnConnect: true }));
    const failed = wrap(second.accepted);
    second.client.write('no TLS at all\n');
    expect(await failed.closed).toMatchObject({ reason: 'cut-off' });
  });
});

describe('what is no stream of bytes', () => {
  const encoded = new PassThrough();
  encoded.setEncoding('utf8');
  it.each([
    ['undefined', undefined],
    ['null', null],
    ['7', 7],
    ['Object', {}],
    ['EventEmitter', new EventEmitter()],
    ['Server', createServer()],
    ['Readable', Readable.from([])],
    ['Duplex in object mode', new Duplex({ objectMode: true })],
    ['Duplex in object mode', new Duplex({ writableObjectMode: true })],
    ["PassThrough with setEncoding('utf8')", encoded],
  ])('accept: %s is refused by name, and no connection begins', (name, raw) => {
    const supervisor = supervised();
    const accept = () => supervisor.accept(raw, echoing);
    expect(accept).toThrow(ConfigError);
    expect(accept).toThrow(`socket: ${JSON.stringify(name)} is not valid; expected a Duplex of bytes`);
    expect(() => adoptStream(raw, new RecordingSink())).toThrow(ConfigError);
    expect([...supervisor.connections].length).toBe(0);
  });

  it('accept: a socket that has a connection is refused by name', () => {
    const supervisor = supervised();
    const [ours] = duplexPair();
    supervisor.accept(ours, echoing);
    expect(() => supervisor.accept(ours, echoing)).toThrow(
      /that has a connection" is not valid; expected a socket without/,
    );
    expect([...supervisor.connections].length).toBe(1);
  });

  it('accept: a stream is refused by name over a transport of WebSockets', () => {
    const [ours] = duplexPair();
    const accept = () => supervised().accept(ours, { transport: webSocketOverWs(), protocol: 'websocket' });
    expect(accept).toThrow('socket: an object is not valid; expected a WebSocket of ws, or { ws, request }');
  });
});
