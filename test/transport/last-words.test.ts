/** What a peer said before its reset, when a write of ours meets that reset first. */
import { once } from 'node:events';
import { connect, type Socket as NetSocket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { WebSocketChunk } from '../../src/ports/websocket-chunk.ts';
import { webSocketOverWs } from '../../src/transport/websocket-ws.ts';
import { type Kind, kinds, later, listening, placeOf, Reception } from './peers.ts';
import { bytes, RecordingSink } from './recording-sink.ts';
import { dialWs, upgradingPeer } from './websocket-peers.ts';

/** A dialled socket, and the plain sockets at its other end. */
async function pair(kind: Kind) {
  const reception = new Reception();
  const url = await kind.serve((peer, below) => reception.accepted({ peer, below }, ''));
  const sink = new RecordingSink();
  const socket = kind.transport.dial({ url }, sink);
  later(() => socket.destroy());
  await sink.saw('opened');
  const { peer, below } = (await reception.next()) as Record<'peer' | 'below', NetSocket>;
  peer.on('error', () => {});
  return { sink, socket, peer, below };
}

/** In this same turn: what was written waits in the kernel of the other end, and the reset behind it. */
function reset(socket: NetSocket): void {
  if (socket.remoteAddress === undefined) socket.destroy();
  else socket.resetAndDestroy();
}

const tooBig = Buffer.from([0x88, 2, 0x03, 0xf1]);
const tooBigMasked = Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xf1]);

describe.each(kinds)('last words over $name', (kind) => {
  it('are read before a write that fails ends the socket', async () => {
    const { sink, socket, peer, below } = await pair(kind);
    peer.write('bye', () => {
      reset(below);
      socket.write(bytes('x'), false);
    });
    await sink.saw('closed');
    expect(sink.calls).toEqual(['opened', 'received', 'failed', 'closed']);
    expect([sink.text, sink.failures[0]?.reason]).toEqual(['bye', 'reset']);
  });

  it('do not keep a socket that is paused: a write that fails ends it', async () => {
    const { sink, socket, peer, below } = await pair(kind);
    socket.pause();
    peer.write('bye');
    reset(below);
    socket.write(bytes('x'), false);
    await sink.saw('closed');
    expect(sink.calls).toEqual(['opened', 'failed', 'closed']);
  });
});

describe('last words over websocket', () => {
  const transport = webSocketOverWs();

  it('of a server, a close frame, are read before a write that fails ends the socket', async () => {
    const arrived = new Reception();
    const { sink, socket } = dialWs(transport, await upgradingPeer((peer) => arrived.accepted(peer, '')));
    const [peer] = (await Promise.all([arrived.next(), sink.saw('opened')])) as [NetSocket, undefined];
    peer.write(tooBig);
    reset(peer);
    socket.write('x', false);
    await sink.saw('closed');
    expect(sink.closeFrames).toEqual([{ code: 1009, reason: '' }]);
  });

  it('of a client, a close frame, are read before a write that fails ends the socket', async () => {
    const reception = new Reception();
    const bound = await listening(transport, new URL('ws://127.0.0.1:0'), reception);
    const peer = connect(placeOf(bound.url)).on('error', () => {});
    const headers = ['Host: x', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'];
    peer.write(
      ['GET / HTTP/1.1', ...headers, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '', ''].join('\r\n'),
    );
    await once(peer, 'data');
    const sink = new RecordingSink<WebSocketChunk>();
    const socket = transport.adopt?.(await reception.next(), sink);
    await sink.saw('opened');
    peer.write(tooBigMasked);
    reset(peer);
    socket?.write('x', false);
    await sink.saw('closed');
    expect(sink.closeFrames).toEqual([{ code: 1009, reason: '' }]);
  });
});
