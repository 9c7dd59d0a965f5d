import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { AcceptSink, Bound } from '../../src/ports/transport.ts';
import { ControlFrame } from '../../src/ports/websocket-chunk.ts';
import type { AcceptedWebSocket } from '../../src/transport/websocket-listen.ts';
import { webSocketOverWs } from '../../src/transport/websocket-ws.ts';
import { certificate, later, listening, placeOf, Reception, roundTrip } from './peers.ts';
import { bytes, RecordingSink } from './recording-sink.ts';
import { closeOf, nextMessage, type WsSink, wsServer } from './websocket-peers.ts';

const transport = webSocketOverWs();
const anywhere = new URL('ws://127.0.0.1:0');

function visit(url: string | URL, options = {}): WebSocket {
  const ws = new WebSocket(url, { autoPong: false, ...options });
  later(() => ws.terminate());
  return ws.on('error', () => {});
}

async function visited(sink: Reception = new Reception()) {
  const bound = await listening(transport, anywhere, sink);
  const peer = visit(bound.url);
  await once(peer, 'open');
  return { bound, reception: sink, peer, raw: await sink.next() };
}

function adopt(raw: unknown) {
  const sink: WsSink = new RecordingSink();
  const socket = transport.adopt?.(raw, sink);
  if (socket === undefined) throw new Error('nothing was adopted');
  later(() => socket.destroy());
  return { sink, socket };
}

/** The status line and headers of a plain HTTP request, on a connection that the server ends. */
async function httpHead(bound: Bound, request: string): Promise<string> {
  const client = connect(placeOf(bound.url));
  let head = '';
  client.on('data', (chunk) => {
    head += chunk;
  });
  client.write(`${request}\r\nHost: x\r\n\r\n`);
  await once(client, 'close');
  return head;
}

describe('an accepted WebSocket', () => {
  it('opens in a later turn, and passes messages both ways', async () => {
    const { peer, raw } = await visited();
    const { sink, socket } = adopt(raw);
    expect(sink.calls).toEqual([]);
    peer.send('there');
    await sink.sawText('there');
    socket.write('and', true);
    socket.write(' back', false);
    expect(await nextMessage(peer)).toBe('and back');
    expect(sink.calls).toEqual(['opened', 'received', 'written', 'written']);
  });

  it('delivers the messages that arrived before adoption', async () => {
    const { peer, raw } = await visited();
    peer.send('early');
    peer.ping('bird');
    peer.close(4000, 'worm');
    await roundTrip();
    const { sink } = adopt(raw);
    await sink.saw('closed');
    expect(sink.chunks).toEqual(['early', new ControlFrame('ping', Buffer.from('bird'))]);
    expect(sink.closeFrames).toEqual([{ code: 4000, reason: 'worm' }]);
    expect(sink.calls).toEqual(['opened', 'received', 'received', 'ended', 'closed']);
  });

  it('applies a pause from before it opened', async () => {
    const { peer, raw } = await visited();
    const { sink, socket } = adopt(raw);
    socket.pause();
    peer.send('later');
    await roundTrip();
    expect(sink.calls).toEqual(['opened']);
    socket.resume();
    await sink.sawText('later');
  });

  it('reports only closed when destroyed before it opened', async () => {
    const { raw } = await visited();
    const { sink, socket } = adopt(raw);
    socket.destroy();
    await sink.saw('closed');
    await roundTrip();
    expect(sink.calls).toEqual(['closed']);
  });

  it('reports failed and closed when it broke before adoption', async () => {
    const { raw } = await visited();
    const { ws } = raw as AcceptedWebSocket;
    ws.terminate();
    await once(ws, 'close');
    const { sink } = adopt(raw);
    await sink.saw('closed');
    expect(sink.calls).toEqual(['failed', 'closed']);
    expect(sink.failures).toMatchObject([{ reason: 'reset' }]);
  });

  it('counts bytesRead of an unfinished message', async () => {
    const { peer, raw } = await visited();
    const { sink, socket } = adopt(raw);
    const before = socket.bytesRead ?? 0;
    peer.send(bytes('x'.repeat(1000)), { fin: false });
    await roundTrip();
    expect(sink.chunks).toEqual([]);
    expect(socket.bytesRead).toBeGreaterThanOrEqual(before + 1000);
  });

  it('sends the code and reason of end()', async () => {
    const { peer, raw } = await visited();
    const closed = closeOf(peer);
    const { sink, socket } = adopt(raw);
    await sink.saw('opened');
    socket.end({ code: 1012, reason: 'restart' });
    expect(await closed).toEqual([1012, 'restart']);
  });

  it("can come from the user's own server", async () => {
    const { url, reception } = await wsServer();
    const peer = visit(url);
    peer.on('open', () => peer.send('first'));
    const raw = await reception.next();
    const { sink, socket } = adopt(raw);
    await sink.sawText('first');
    expect(sink.calls).toEqual(['opened', 'received']);
    expect(socket.bytesRead).toBe(5);
  });

  it("from the user's own server opens before a message that came with its upgrade", async () => {
    const { url, server } = await wsServer();
    const adopted = new Promise<WsSink>((resolve) => {
      server.on('connection', (ws) => resolve(adopt(ws).sink));
    });
    const key = Buffer.alloc(16).toString('base64');
    const head = ['GET / HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket'];
    const upgrade = [...head, 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${key}`, '', ''].join('\r\n');
    const client = connect(placeOf(url.href));
    later(() => client.destroy());
    const maskedHi = [0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69];
    client.write(Buffer.concat([Buffer.from(upgrade), Buffer.from(maskedHi)]));
    const sink = await adopted;
    await sink.sawText('hi');
    expect(sink.calls).toEqual(['opened', 'received']);
  });
});

it.each([undefined, null, 1, {}, { ws: {} }])(
  'adopt: throws bad-config for a value that is not a WebSocket: %s',
  (raw) => {
    expect(() => adopt(raw)).toThrow(expect.objectContaining({ code: 'bad-config' }));
  },
);

describe('a WebSocket listener', () => {
  it('reports its bound address, the peer and the request', async () => {
    const { bound, reception, raw } = await visited();
    expect(bound.url).toMatch(/^ws:\/\/127\.0\.0\.1:[1-9]\d*\/$/);
    expect(reception.froms[0]).toMatch(/^127\.0\.0\.1:\d+$/);
    expect((raw as AcceptedWebSocket).request.headers.upgrade).toBe('websocket');
  });

  it('listens with TLS', async () => {
    const reception = new Reception();
    const bound = await listening(webSocketOverWs(certificate), new URL('wss://127.0.0.1:0'), reception);
    const peer = visit(bound.url, { ca: certificate.cert });
    peer.on('open', () => peer.send('secret'));
    const { sink } = adopt(await reception.next());
    await sink.sawText('secret');
  });

  it('rejects wss without cert and key', async () => {
    const attempt = listening(transport, new URL('wss://127.0.0.1:0'), new Reception());
    await expect(attempt).rejects.toMatchObject({ code: 'bad-config' });
  });

  it.each([
    ['does not speak TLS', {}, 'GET / HTTP/1.1\r\n\r\n'],
    ['sends nothing within handshakeTimeout', { handshakeTimeout: 20 }, ''],
  ])('drops a peer that %s', async (_what, options, words) => {
    const secure = webSocketOverWs({ ...certificate, ...options });
    const reception = new Reception();
    const bound = await listening(secure, new URL('wss://127.0.0.1:0'), reception);
    const stranger = connect(placeOf(bound.url));
    stranger
      .on('error', () => {})
      .resume()
      .write(words);
    await new Promise((resolve) => stranger.on('close', resolve));
    expect(reception).toMatchObject({ raws: [], errors: [] });
  });

  it('answers plain HTTP with status 426', async () => {
    const bound = await listening(transport, anywhere, new Reception());
    const head = await httpHead(bound, 'GET / HTTP/1.1');
    expect(head).toMatch(/^HTTP\/1\.1 426 /);
    expect(head).toMatch(/\r\nUpgrade: websocket\r\n/);
  });

  it('upgrades the path of its URL only', async () => {
    const reception = new Reception();
    const bound = await listening(transport, new URL('/feed', anywhere), reception);
    expect(bound.url).toMatch(/\/feed$/);
    const astray = visit(new URL('/other', bound.url));
    await new Promise((resolve) => astray.on('close', resolve));
    visit(`${bound.url}?query`);
    await reception.next();
    expect(reception.froms).toHaveLength(1);
  });

  it('drops the socket of a sink that throws, and accepts the next', async () => {
    const reception = new Reception();
    let visits = 0;
    const sink: AcceptSink = {
      accepted: (raw, from) => {
        if (visits++ === 0) throw new Error('not today');
        reception.accepted(raw, from);
      },
      failed: (error) => reception.failed(error),
    };
    const bound = await listening(transport, anywhere, sink);
    expect(await closeOf(visit(bound.url))).toEqual([1006, '']);
    visit(bound.url);
    await reception.next();
    expect(reception.errors).toMatchObject([{ message: 'not today' }]);
  });

  it('frees its address at close, and accepted sockets stay open', async () => {
    const { bound, peer, raw } = await visited();
    const { sink } = adopt(raw);
    await bound.close();
    await listening(transport, new URL(bound.url), new Reception());
    peer.send('still here');
    await sink.sawText('still here');
  });

  it('drops plain HTTP connections when it closes', async () => {
    const bound = await listening(transport, anywhere, new Reception());
    const idle = connect(placeOf(bound.url)).resume();
    idle.on('error', () => {}).write('GET / HT');
    await once(idle, 'connect');
    await roundTrip();
    const gone = once(idle, 'close');
    await bound.close();
    await gone;
  });

  it('can be closed twice', async () => {
    const bound = await listening(transport, anywhere, new Reception());
    await bound.close();
    await expect(bound.close()).resolves.toBeUndefined();
  });

  it('rejects with EADDRINUSE when the address is in use', async () => {
    const bound = await listening(transport, anywhere, new Reception());
    const second = listening(transport, new URL(bound.url), new Reception());
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('closes with 1009 for a message over maxMessageBytes', async () => {
    const reception = new Reception();
    const bound = await listening(webSocketOverWs({ maxMessageBytes: 10 }), anywhere, reception);
    const peer = visit(bound.url);
    const closed = closeOf(peer);
    peer.on('open', () => peer.send('eleven char'));
    const { sink } = adopt(await reception.next());
    expect(await closed).toEqual([1009, '']);
    await sink.saw('closed');
    expect(sink.calls).toEqual(['opened', 'failed', 'closed']);
    expect(sink.failures).toMatchObject([{ reason: 'message-too-big' }]);
  });
});
