import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ControlFrame } from '../../src/ports/websocket-chunk.ts';
import { type WebSocketConstructor, webSocketOver } from '../../src/transport/websocket-standard.ts';
import { closedPort, later, roundTrip } from './peers.ts';
import { bytes } from './recording-sink.ts';
import { closeOf, dialWs, nextMessage, rawPeer, wsPair, wsServer } from './websocket-peers.ts';

/** `ws` implements the interface of the standard too, and here nothing beyond it can be reached. */
class Standard extends WebSocket {
  constructor(url: string, protocols?: string[]) {
    super(url, protocols, { perMessageDeflate: false });
    later(() => this.terminate());
  }
}

const transport = webSocketOver(Standard as unknown as WebSocketConstructor);

describe('a standard WebSocket', () => {
  it('passes text as text and bytes as bytes, both ways', async () => {
    const { sink, socket, peer } = await wsPair(transport);
    socket.write('tëxt', false);
    expect(await nextMessage(peer)).toBe('tëxt');
    socket.write(bytes('bytes'), false);
    expect(await nextMessage(peer)).toEqual(Buffer.from('bytes'));
    peer.send('tëxt');
    peer.send(bytes('bytes'));
    await sink.saw('received', 2);
    expect(sink.chunks).toEqual(['tëxt', bytes('bytes')]);
  });

  it('refuses a slice, which it could only send as a message of its own', async () => {
    const { sink, socket } = await wsPair(transport);
    expect(socket.takesWhole).toBe(true);
    socket.write('on', true);
    await sink.saw('closed');
    expect(sink.failures).toEqual([expect.objectContaining({ reason: 'bad-config' })]);
  });

  it('reports a write in a microtask after the call', async () => {
    const { sink, socket } = await wsPair(transport);
    socket.write('x', false);
    expect(sink.calls).toEqual(['opened']);
    await sink.saw('written');
  });

  it('passes subprotocols to the constructor', async () => {
    const offered: string[][] = [];
    const handleProtocols = (protocols: Set<string>) => {
      offered.push([...protocols]);
      return 'b';
    };
    const { url } = await wsServer({ handleProtocols });
    const { sink } = dialWs(transport, { url, protocols: ['a', 'b'] });
    await sink.saw('opened');
    expect(offered).toEqual([['a', 'b']]);
  });

  it('fails as bad-config when a protocol writes a control frame', async () => {
    const { sink, socket } = await wsPair(transport);
    socket.write(new ControlFrame('ping', bytes('')), false);
    await sink.saw('closed');
    expect(sink.calls).toEqual(['opened', 'failed', 'closed']);
    expect(sink.failures).toMatchObject([{ reason: 'bad-config' }]);
  });

  it('fails as bad-config when headers are given', async () => {
    const { sink } = dialWs(transport, { url: new URL('ws://127.0.0.1:1'), headers: { authorization: 'x' } });
    expect(sink.calls).toEqual([]);
    await sink.saw('closed');
    expect(sink.failures).toMatchObject([
      { reason: 'bad-config', detail: expect.stringContaining('headers') },
    ]);
  });

  it('reports an error of the constructor as bad-config', async () => {
    const { sink } = dialWs(transport, { url: new URL('ws://127.0.0.1:1'), protocols: ['no spaces'] });
    await sink.saw('closed');
    expect(sink.calls).toEqual(['failed', 'closed']);
    expect(sink.failures).toMatchObject([{ reason: 'bad-config' }]);
  });

  it('reports unreachable when it closes before it opened', async () => {
    const { sink } = dialWs(transport, new URL(`ws://127.0.0.1:${await closedPort()}`));
    await sink.saw('closed');
    expect(sink.calls).toEqual(['failed', 'closed']);
    expect(sink.failures).toMatchObject([{ reason: 'unreachable', code: 1006 }]);
  });

  it('reports cut-off when it ends without a close frame', async () => {
    const { sink, peer } = await wsPair(transport);
    peer.terminate();
    await sink.saw('closed');
    expect(sink.calls).toEqual(['opened', 'failed', 'closed']);
    expect(sink.failures).toMatchObject([{ reason: 'cut-off', code: 1006 }]);
  });

  it("reports the code and reason of the peer's close frame", async () => {
    const { sink, peer } = await wsPair(transport);
    peer.close(1013, 'later');
    await sink.saw('closed');
    expect(sink.calls).toEqual(['opened', 'ended', 'closed']);
    expect(sink.closeFrames).toEqual([{ code: 1013, reason: 'later' }]);
  });

  it.each([
    ['code 1000 by default', undefined, [1000, '']],
    ['code and reason', { code: 4001, reason: 'bye' }, [4001, 'bye']],
    ['no code, if the code may not be sent by a page', { code: 1006, reason: 'bye' }, [1005, '']],
  ])('closes with %s', async (_what, close, heard) => {
    const { sink, socket, peer } = await wsPair(transport);
    const closed = closeOf(peer);
    socket.end(close);
    socket.write('too late', false);
    expect(await closed).toEqual(heard);
    await sink.saw('closed');
    expect(sink.calls).toEqual(['opened', 'ended', 'closed']);
  });

  it('reports closed after destroy, without waiting for the peer', async () => {
    const { sink, socket, peer } = await wsPair(transport);
    peer.pause();
    peer.send('unheard');
    socket.destroy();
    expect(sink.calls).toEqual(['opened']);
    for (let round = 0; round < 2; round++) {
      socket.write('x', false);
      socket.pause();
      socket.resume();
      socket.end();
      socket.destroy();
      await sink.saw('closed');
    }
    peer.resume();
    await closeOf(peer);
    expect(sink.calls).toEqual(['opened', 'closed']);
  });

  it('reports closed when destroyed before it opened', async () => {
    const { sink, socket } = dialWs(transport, await rawPeer(() => {}));
    socket.destroy();
    await sink.saw('closed');
    await roundTrip();
    expect(sink.calls).toEqual(['closed']);
  });
});

it('websocket-standard: the browser modules use no Node API', () => {
  const sources = [
    'websocket-standard.ts',
    'dial-failure.ts',
    'url-checks.ts',
    '../ports/websocket-chunk.ts',
  ];
  for (const source of sources) {
    const text = readFileSync(new URL(`../../src/transport/${source}`, import.meta.url), 'utf8');
    expect(text).not.toMatch(/from 'node:|\bBuffer\b|\bprocess\b/);
  }
});
