import { once } from 'node:events';
import type { Socket as NetSocket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import type { AcceptSink, Socket } from '../../src/ports/transport.ts';
import { adoptStream } from '../../src/transport/adopting.ts';
import { type Kind, kinds, later, listening, Reception, roundTrip } from './peers.ts';
import { bytes, RecordingSink } from './recording-sink.ts';

/** A dialled socket and the plain peer at its other end. */
async function pair(kind: Kind) {
  const reception = new Reception();
  const url = await kind.serve((peer, below) => reception.accepted({ peer, below }, ''));
  const sink = new RecordingSink();
  const socket = dial(kind, url, sink);
  await sink.saw('opened');
  const { peer, below } = (await reception.next()) as Record<'peer' | 'below', NetSocket>;
  peer.on('error', () => {});
  return { sink, socket, peer, below, url };
}

function dial(kind: Kind, url: URL, sink: RecordingSink): Socket<Uint8Array> {
  const socket = kind.transport.dial({ url }, sink);
  later(() => socket.destroy());
  return socket;
}

/** A plain peer that visits our listener, and what the listener accepted. */
async function visited(kind: Kind) {
  const reception = new Reception();
  const bound = await listening(kind.transport, kind.anywhere(), reception);
  const peer = await kind.visit(bound.url);
  return { bound, reception, peer, raw: await reception.next() };
}

function adopt(raw: unknown, sink: RecordingSink): Socket<Uint8Array> {
  const socket = adoptStream(raw, sink);
  later(() => socket.destroy());
  return socket;
}

describe.each(kinds)('a dialled $name socket', (kind) => {
  it('passes bytes both ways and reports each write once', async () => {
    const { sink, socket, peer } = await pair(kind);
    peer.pipe(peer);
    socket.write(bytes('a'), false);
    socket.write(bytes('b'), true);
    socket.write(bytes('c'), false);
    await sink.saw('written', 3);
    await sink.sawText('abc');
    expect(sink.count('written')).toBe(3);
    expect(sink.calls[0]).toBe('opened');
  });

  it("receives the peer's last answer after end()", async () => {
    const { sink, socket, peer } = await pair(kind);
    peer.resume().on('end', () => peer.end('and thanks'));
    socket.end();
    await sink.saw('closed');
    expect(sink.text).toBe('and thanks');
    expect(sink.calls).toEqual(['opened', 'received', 'ended', 'closed']);
  });

  it("can still write after the peer's end of stream", async () => {
    const { sink, socket, peer } = await pair(kind);
    const heard = text(peer);
    peer.end();
    await sink.saw('ended');
    socket.write(bytes('one more thing'), false);
    socket.end();
    expect(await heard).toBe('one more thing');
    await sink.saw('closed');
    expect(sink.calls).toEqual(['opened', 'ended', 'written', 'closed']);
  });

  it('reports one failure and no written() when the peer has reset', async () => {
    const { sink, socket, peer, below } = await pair(kind);
    peer.pause();
    const writes = 32;
    for (let i = 0; i < writes; i++) socket.write(new Uint8Array(1 << 20), false);
    below.destroy();
    await sink.saw('closed');
    expect(sink.failures).toMatchObject([{ reason: 'reset' }]);
    expect(sink.calls.slice(-2)).toEqual(['failed', 'closed']);
    expect(sink.count('written')).toBeLessThan(writes);
  });

  it('reports only closed after destroy, and accepts further calls', async () => {
    const { sink, socket } = await pair(kind);
    socket.write(new Uint8Array(1 << 24), false);
    socket.destroy();
    expect(sink.calls).toEqual(['opened']);
    use(socket);
    await sink.saw('closed');
    use(socket);
    await roundTrip();
    expect(sink.calls).toEqual(['opened', 'closed']);
  });

  it('reports only closed when destroyed before it opened', async () => {
    const url = await kind.serve(() => {});
    const sink = new RecordingSink();
    dial(kind, url, sink).destroy();
    await sink.saw('closed');
    await roundTrip();
    expect(sink.calls).toEqual(['closed']);
  });

  it('delivers no bytes while paused', async () => {
    const { sink, socket, peer } = await pair(kind);
    socket.pause();
    peer.write('later');
    await roundTrip();
    expect(sink.chunks).toEqual([]);
    socket.resume();
    await sink.sawText('later');
  });

  it('drops writes after end(), and stays open for the answer', async () => {
    const { sink, socket, peer } = await pair(kind);
    const heard: unknown[] = [];
    peer.on('data', (chunk) => heard.push(chunk));
    socket.end();
    socket.write(bytes('too late'), false);
    await once(peer, 'end');
    expect(heard).toEqual([]);
    peer.end('answer');
    await sink.saw('closed');
    expect(sink.calls).toEqual(['opened', 'received', 'ended', 'closed']);
  });

  it('has TCP_NODELAY set, and keepalive after 60 s, where it is one of TCP', async () => {
    const { socket } = await pair(kind);
    const raw = (socket as unknown as { socket: NetSocket }).socket;
    const noDelay = vi.spyOn(raw, 'setNoDelay');
    const keepAlive = vi.spyOn(raw, 'setKeepAlive');
    kind.transport.adopt?.(raw, new RecordingSink());
    await roundTrip();
    const isTcp = kind.name !== 'unix';
    expect(noDelay.mock.calls).toEqual(isTcp ? [[true]] : []);
    expect(keepAlive.mock.calls).toEqual(isTcp ? [[true, 60_000]] : []);
  });

  it('fails as refused without a listener', async () => {
    const bound = await listening(kind.transport, kind.anywhere(), new Reception());
    await bound.close();
    const sink = new RecordingSink();
    dial(kind, new URL(bound.url), sink);
    await sink.saw('closed');
    expect(sink.calls).toEqual(['failed', 'closed']);
    expect(sink.failures).toMatchObject([{ reason: 'refused' }]);
  });
});

function use(socket: Socket<Uint8Array>): void {
  socket.write(bytes('x'), false);
  socket.pause();
  socket.resume();
  socket.end();
  socket.destroy();
}

describe.each(kinds)('an accepted $name socket', (kind) => {
  it('opens in a later turn, and passes bytes both ways', async () => {
    const { peer, raw } = await visited(kind);
    const sink = new RecordingSink();
    const socket = adopt(raw, sink);
    expect(sink.calls).toEqual([]);
    await sink.saw('opened');
    peer.write('ping');
    await sink.sawText('ping');
    socket.write(bytes('pong'), false);
    expect(String(await once(peer, 'data'))).toBe('pong');
  });

  it('delivers the bytes that arrived before adoption', async () => {
    const { peer, raw } = await visited(kind);
    peer.end('early');
    await roundTrip();
    const sink = new RecordingSink();
    adopt(raw, sink);
    await sink.saw('ended');
    expect(sink.text).toBe('early');
    expect(sink.calls).toEqual(['opened', 'received', 'ended']);
  });

  it('reports the end of a peer that left before adoption', async () => {
    const { peer, raw } = await visited(kind);
    peer.end();
    await roundTrip();
    const sink = new RecordingSink();
    adopt(raw, sink);
    await sink.saw('ended');
    expect(sink.calls).toEqual(['opened', 'ended']);
  });

  it('applies a pause from before it opened', async () => {
    const { peer, raw } = await visited(kind);
    const sink = new RecordingSink();
    const socket = adopt(raw, sink);
    socket.pause();
    peer.write('later');
    await roundTrip();
    expect(sink.calls).toEqual(['opened']);
    socket.resume();
    await sink.sawText('later');
  });

  it('reports only closed when destroyed before it opened', async () => {
    const { raw } = await visited(kind);
    const sink = new RecordingSink();
    adopt(raw, sink).destroy();
    await sink.saw('closed');
    await roundTrip();
    expect(sink.calls).toEqual(['closed']);
  });

  it('reports failed and closed when it broke before adoption', async () => {
    const { raw } = await visited(kind);
    (raw as NetSocket).destroy(Object.assign(new Error('gone'), { code: 'ECONNRESET' }));
    await roundTrip();
    const sink = new RecordingSink();
    adopt(raw, sink);
    await sink.saw('closed');
    expect(sink.calls).toEqual(['failed', 'closed']);
    expect(sink.failures).toMatchObject([{ reason: 'reset', code: 'ECONNRESET' }]);
  });
});

it.each(kinds.filter(({ name }) => name !== 'tls'))(
  'accepted $name socket: not read before adoption',
  async (kind) => {
    const { peer, raw } = await visited(kind);
    peer.write('early');
    await roundTrip();
    expect(raw).toMatchObject({ bytesRead: 0, readableLength: 0 });
  },
);

describe.each(kinds)('a $name listener', (kind) => {
  it('reports its bound address, and the address of the peer', async () => {
    const { bound, reception } = await visited(kind);
    const names = kind.name === 'unix' ? /^unix:\/.*s\.sock$/ : /^(tcp:\/\/|tls:\/\/)?127\.0\.0\.1:[1-9]\d*$/;
    expect(bound.url).toMatch(names);
    expect(reception.froms[0]).toMatch(names);
  });

  it('drops the socket of a sink that throws, and accepts the next', async () => {
    const reception = new Reception();
    const sink: AcceptSink = {
      accepted: vi
        .fn((raw, from) => reception.accepted(raw, from))
        .mockImplementationOnce(() => {
          throw new Error('not today');
        }),
      failed: (error) => reception.failed(error),
    };
    const bound = await listening(kind.transport, kind.anywhere(), sink);
    const unlucky = await kind.visit(bound.url);
    await once(unlucky.resume(), 'end');
    await kind.visit(bound.url);
    await reception.next();
    expect(reception.errors).toMatchObject([{ message: 'not today' }]);
  });

  it('goes on when all methods of the sink throw', async () => {
    const fail = () => {
      throw new Error('never');
    };
    const bound = await listening(kind.transport, kind.anywhere(), { accepted: fail, failed: fail });
    for (let visits = 0; visits < 2; visits++) await once((await kind.visit(bound.url)).resume(), 'end');
  });

  it('frees its address at close, and accepted sockets stay open', async () => {
    const { bound, peer, raw } = await visited(kind);
    const sink = new RecordingSink();
    adopt(raw, sink);
    await bound.close();
    await listening(kind.transport, new URL(bound.url), new Reception());
    peer.write('still here');
    await sink.sawText('still here');
  });

  it('can be closed twice', async () => {
    const bound = await listening(kind.transport, kind.anywhere(), new Reception());
    await bound.close();
    await expect(bound.close()).resolves.toBeUndefined();
  });

  it('rejects with EADDRINUSE when the address is in use', async () => {
    const bound = await listening(kind.transport, kind.anywhere(), new Reception());
    const second = listening(kind.transport, new URL(bound.url), new Reception());
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
