import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket as NetSocket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { ControlFrame } from '../../src/ports/websocket-chunk.ts';
import { webSocketOverWs } from '../../src/transport/websocket-ws.ts';
import {
  certificate,
  closedPort,
  fixture,
  listening,
  notingNames,
  Reception,
  roundTrip,
  serving,
  toLoopback,
} from './peers.ts';
import { bytes } from './recording-sink.ts';
import {
  closeOf,
  dialWs,
  httpPeer,
  nextMessage,
  rawPeer,
  upgradingPeer,
  urlOf,
  type WsSink,
  wsPair,
  wsServer,
} from './websocket-peers.ts';

const transport = webSocketOverWs();
const buffer = (text: string) => Buffer.from(text);

describe('a dialled WebSocket', () => {
  it('passes text as text and bytes as bytes, both ways', async () => {
    const { sink, socket, peer } = await wsPair(transport);
    socket.write('tëxt', false);
    expect(await nextMessage(peer)).toBe('tëxt');
    socket.write(bytes('bytes'), false);
    expect(await nextMessage(peer)).toEqual(buffer('bytes'));
    peer.send('tëxt');
    peer.send(buffer('bytes'));
    await sink.saw('received', 2);
    expect(sink.chunks).toEqual(['tëxt', buffer('bytes')]);
    expect(sink.count('written')).toBe(2);
  });

  it('passes pings and pongs as control frames, and answers no ping', async () => {
    const { sink, socket, peer } = await wsPair(transport);
    peer.on('pong', (payload) => peer.send(`pong ${payload}`));
    peer.on('ping', (payload) => peer.send(`ping ${payload}`));
    peer.ping('1');
    peer.pong('2');
    await sink.saw('received', 2);
    expect(sink.chunks).toEqual([
      new ControlFrame('ping', buffer('1')),
      new ControlFrame('pong', buffer('2')),
    ]);
    socket.write(new ControlFrame('ping', bytes('3')), false);
    socket.write(new ControlFrame('pong', bytes('4')), false);
    await sink.saw('received', 4);
    expect(sink.chunks.slice(2)).toEqual(['ping 3', 'pong 4']);
    expect(sink.count('written')).toBe(2);
  });

  it.each([
    ['text', ['on', 'e', ''], 'one'],
    ['bytes', [bytes('on'), bytes('e')], buffer('one')],
  ])('sends slices of %s as one message, with a ping in between', async (_kind, slices, whole) => {
    const { sink, socket, peer } = await wsPair(transport);
    const heard: string[] = [];
    peer.on('ping', () => heard.push('ping')).on('message', () => heard.push('message'));
    slices.forEach((slice, i) => {
      socket.write(slice, i < slices.length - 1);
      if (i === 0) socket.write(new ControlFrame('ping', bytes('')), false);
    });
    expect(await nextMessage(peer)).toEqual(whole);
    expect(heard).toEqual(['ping', 'message']);
    await sink.saw('written', slices.length + 1);
    socket.write('next', false);
    expect(await nextMessage(peer)).toBe('next');
  });

  it('passes headers and subprotocols', async () => {
    const seen: unknown[] = [];
    const { url, reception } = await wsServer({
      verifyClient: ({ req }: { req: IncomingMessage }) => seen.push(req.headers.authorization) > 0,
    });
    const { sink } = dialWs(transport, {
      url,
      headers: { authorization: 'Bearer t' },
      protocols: ['a', 'b'],
    });
    await sink.saw('opened');
    expect(seen).toEqual(['Bearer t']);
    expect(((await reception.next()) as WebSocket).protocol).toBe('a');
  });

  it('delivers no messages while paused', async () => {
    const { sink, socket, peer } = await wsPair(transport);
    socket.pause();
    peer.send('later');
    await roundTrip();
    expect(sink.chunks).toEqual([]);
    socket.resume();
    await sink.sawText('later');
  });

  it('applies a pause from before it opened', async () => {
    const { url, reception } = await wsServer();
    const { sink, socket } = dialWs(transport, url);
    socket.pause();
    await sink.saw('opened');
    ((await reception.next()) as WebSocket).send('later');
    await roundTrip();
    expect(sink.chunks).toEqual([]);
    socket.resume();
    await sink.sawText('later');
  });

  it('counts bytesRead of an unfinished message', async () => {
    const upgraded = new Reception();
    const url = await upgradingPeer((socket) => upgraded.accepted(socket, ''));
    const { sink, socket } = dialWs(transport, url);
    await sink.saw('opened');
    const peer = (await upgraded.next()) as NetSocket;
    const before = socket.bytesRead ?? 0;
    peer.write(
      Buffer.concat([Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 0x5b, 0x8d, 0x80]), Buffer.alloc(1000)]),
    );
    await roundTrip();
    expect(sink.chunks).toEqual([]);
    expect(socket.bytesRead).toBe(before + 1010);
  });

  it('fails as bad-config for a control frame over 125 bytes', async () => {
    const { sink, socket } = await wsPair(transport);
    socket.write(new ControlFrame('ping', new Uint8Array(126)), false);
    await sink.saw('closed');
    expect(sink.calls).toEqual(['opened', 'failed', 'closed']);
    expect(sink.failures).toMatchObject([{ reason: 'bad-config' }]);
  });
});

/** The one timer that `act` starts. */
function timerStartedBy(act: () => void): unknown {
  const started = vi.spyOn(globalThis, 'setTimeout');
  act();
  const timers = started.mock.results.map(({ value }) => value);
  started.mockRestore();
  expect(timers).toHaveLength(1);
  return timers[0];
}

describe('the end of a WebSocket', () => {
  it.each([
    ['code 1000 by default', undefined, [1000, '']],
    ['code and reason', { code: 1001, reason: 'leaving' }, [1001, 'leaving']],
    ['a code of the application', { code: 4321, reason: '' }, [4321, '']],
    ['code 1000 for a code that may not be sent', { code: 1006, reason: 'x' }, [1000, 'x']],
    ['123 bytes of a longer reason', { code: 1000, reason: 'é'.repeat(100) }, [1000, 'é'.repeat(61)]],
  ])('sends a close frame with %s', async (_what, close, heard) => {
    const { sink, socket, peer } = await wsPair(transport);
    const closed = closeOf(peer);
    socket.end(close);
    expect(await closed).toEqual(heard);
    await sink.saw('closed');
    expect(sink.calls).toEqual(['opened', 'ended', 'closed']);
    expect(sink.closeFrames).toEqual([{ code: heard[0], reason: heard[1] }]);
  });

  it('sends the pending writes first', async () => {
    const { socket, peer } = await wsPair(transport);
    const message = nextMessage(peer);
    socket.write('last words', false);
    socket.end();
    expect(await message).toBe('last words');
  });

  it.each([
    [1001, 'retry-after=7s'],
    [4000, ''],
  ])("reports the peer's close frame %i %s", async (code, reason) => {
    const { sink, peer } = await wsPair(transport);
    peer.close(code, reason);
    await sink.saw('closed');
    expect(sink.calls).toEqual(['opened', 'ended', 'closed']);
    expect(sink.closeFrames).toEqual([{ code, reason }]);
  });

  it('reports a close frame without a code as 1005', async () => {
    const { sink, peer } = await wsPair(transport);
    peer.close();
    await sink.saw('closed');
    expect(sink.closeFrames).toEqual([{ code: 1005, reason: '' }]);
  });

  it.each([
    ['ends', (socket: NetSocket) => socket.end()],
    ['is reset', (socket: NetSocket) => socket.resetAndDestroy()],
  ])('is cut-off when the wire %s without a close frame', async (_how, cut) => {
    const url = await upgradingPeer((socket) => cut(socket));
    const { sink } = dialWs(transport, url);
    await sink.saw('closed');
    expect(sink.calls.filter((call) => call !== 'opened')).toEqual(['failed', 'closed']);
    expect(sink.failures).toMatchObject([{ reason: 'cut-off', code: 1006 }]);
  });

  it('reports no written() for a write that the wire lost', async () => {
    const { sink, socket, peer } = await wsPair(transport);
    peer.pause();
    socket.write(new Uint8Array(1 << 24), false);
    await roundTrip();
    peer.terminate();
    await sink.saw('closed');
    expect(sink.calls).toEqual(['opened', 'failed', 'closed']);
  });

  it('leaves no timer after destroy, and accepts further calls', async () => {
    const { sink, socket, peer } = await wsPair(transport);
    peer.pause();
    const closeTimer = timerStartedBy(() => socket.end());
    const cleared = vi.spyOn(globalThis, 'clearTimeout');
    socket.destroy();
    for (let round = 0; round < 2; round++) {
      socket.write('x', false);
      socket.write(new ControlFrame('ping', bytes('')), false);
      socket.pause();
      socket.resume();
      socket.end();
      socket.destroy();
      await sink.saw('closed');
    }
    expect(sink.calls).toEqual(['opened', 'closed']);
    expect(cleared).toHaveBeenCalledWith(closeTimer);
    cleared.mockRestore();
  });

  it('delivers no message after destroy', async () => {
    const { sink, socket, peer } = await wsPair(transport);
    socket.pause();
    peer.send('unread');
    await roundTrip();
    socket.destroy();
    await sink.saw('closed');
    expect(sink.calls).toEqual(['opened', 'closed']);
  });

  it.each(['destroy', 'end'] as const)(
    'is closed without a failure when %s is called before it opened',
    async (way) => {
      const arrived = new Reception();
      const url = await rawPeer((socket) => arrived.accepted(socket, ''));
      const { sink, socket } = dialWs(transport, url);
      const peer = (await arrived.next()) as NetSocket;
      const gone = once(peer.resume(), 'close');
      socket[way]();
      await sink.saw('closed');
      await gone;
      expect(sink.calls).toEqual(['closed']);
    },
  );
});

describe('a peer that breaks the rules', () => {
  it('with a message over the limit gets close code 1009', async () => {
    const { sink, peer } = await wsPair(webSocketOverWs({ maxMessageBytes: 100 }));
    const closed = closeOf(peer);
    peer.send('x'.repeat(100));
    peer.send('x'.repeat(101));
    expect(await closed).toEqual([1009, '']);
    await sink.saw('closed');
    expect(sink.calls).toEqual(['opened', 'received', 'failed', 'closed']);
    expect(sink.failures).toMatchObject([{ reason: 'message-too-big' }]);
  });

  it('may send messages up to 16 MiB by default', async () => {
    const { sink, peer } = await wsPair(transport);
    peer.send(Buffer.alloc(1 << 24));
    await sink.saw('received');
    peer.send(Buffer.alloc((1 << 24) + 1));
    await sink.saw('closed');
    expect(sink.failures).toMatchObject([{ reason: 'message-too-big' }]);
  });

  it('with garbage after the upgrade is a protocol-error', async () => {
    const { sink, socket } = dialWs(transport, await upgradingPeer((peer) => peer.write('this is no frame')));
    await sink.saw('failed');
    socket.destroy();
    await sink.saw('closed');
    expect(sink.failures).toMatchObject([{ reason: 'protocol-error' }]);
    expect(sink.calls).toEqual(['opened', 'failed', 'closed']);
  });

  it.each([
    ['bytes that are not HTTP', '220 smtp ready\r\n'],
    [
      'a wrong Sec-WebSocket-Accept',
      'HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: no\r\n\r\n',
    ],
  ])('that answers the upgrade with %s is a protocol-error', async (_what, answer) => {
    const url = await rawPeer((peer) => peer.once('data', () => peer.write(answer)));
    await expectFailure(dialWs(transport, url).sink, { reason: 'protocol-error' });
  });

  it('that chooses a subprotocol not offered is a protocol-error', async () => {
    const url = await upgradingPeer(() => {});
    const { sink } = dialWs(transport, { url, protocols: ['mine'] });
    await expectFailure(sink, { reason: 'protocol-error' });
  });
});

async function expectFailure(sink: WsSink, failure: object): Promise<void> {
  expect(sink.calls).toEqual([]);
  await sink.saw('closed');
  expect(sink.calls).toEqual(['failed', 'closed']);
  expect(sink.failures).toMatchObject([failure]);
}

describe('an upgrade that fails', () => {
  const wallMs = Date.UTC(2030, 0, 1);

  it.each([
    [503, '7', { reason: 'upgrade-refused', retryAfterMs: 7000 }],
    [429, 'Tue, 01 Jan 2030 00:00:30 GMT', { reason: 'upgrade-refused', retryAfterMs: 30_000 }],
    [401, undefined, { reason: 'unauthorized' }],
    [302, undefined, { reason: 'upgrade-refused' }],
    [200, undefined, { reason: 'upgrade-refused' }],
  ])(
    'with status %i and Retry-After %s is reported, and its request ends',
    async (status, retryAfter, failure) => {
      const requests = new Reception();
      const url = await httpPeer((request, response) => {
        requests.accepted(request.socket, '');
        response.writeHead(status, {
          location: '/elsewhere',
          ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
        });
        response.write('a body without an end');
      });
      const { sink } = dialWs(webSocketOverWs({ wall: () => wallMs }), url);
      const wire = (await requests.next()) as NetSocket;
      const gone = once(wire, 'close');
      await expectFailure(sink, { code: status, ...failure });
      await gone;
    },
  );

  it('without a listener is refused', async () => {
    const url = new URL(`ws://localhost:${await closedPort()}`);
    await expectFailure(dialWs(transport, url).sink, { reason: 'refused', code: 'ECONNREFUSED' });
  });

  it('for a name without an address is not-found', async () => {
    await expectFailure(dialWs(transport, new URL('ws://nowhere.invalid')).sink, { reason: 'not-found' });
  });

  it('when the peer destroys the socket is a reset', async () => {
    const url = await rawPeer((peer) => peer.once('data', () => peer.end()));
    await expectFailure(dialWs(transport, url).sink, { reason: 'reset' });
  });

  it.each([
    ['invalid headers', { headers: { bad: 'line\nbreak' } }],
    ['an invalid subprotocol', { protocols: ['no spaces'] }],
  ])('because of %s is bad-config', async (_what, target) => {
    const { url } = await wsServer();
    await expectFailure(dialWs(transport, { url, ...target }).sink, { reason: 'bad-config' });
  });

  it('SNI: the name of a wss URL with a final dot goes out without the dot', async () => {
    const names: string[] = [];
    const server = createHttpsServer(notingNames(names));
    new WebSocketServer({ server });
    await serving(server, { host: '127.0.0.1', port: 0 });
    const url = new URL(`wss://localhost.:${urlOf(server).port}`);
    const { sink } = dialWs(webSocketOverWs({ ca: certificate.cert, ...toLoopback }), url);
    await sink.saw('opened');
    expect(names).toEqual(['localhost']);
  });

  it.each([
    ['has an unknown signer', certificate, {}, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    [
      'has expired',
      { ...certificate, cert: fixture('expired.crt') },
      { ca: fixture('expired.crt') },
      'CERT_HAS_EXPIRED',
    ],
    [
      'is for another name',
      certificate,
      { ca: certificate.cert, servername: 'elsewhere.example' },
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
  ])('because the certificate %s is reported with its code', async (_why, theirs, ours, code) => {
    const bound = await listening(webSocketOverWs(theirs), new URL('wss://127.0.0.1:0'), new Reception());
    const { sink } = dialWs(webSocketOverWs(ours), new URL(bound.url));
    await expectFailure(sink, { reason: 'certificate', code });
  });
});

describe('checking a WebSocket URL', () => {
  const check = (url: string, side: 'dial' | 'accept' = 'dial') => transport.check(new URL(url), side);

  it.each(['ws://host', 'wss://user:secret@host:8443/path?query', 'ws://[::1]:1'])(
    'accepts %s for dialling',
    (url) => {
      expect(check(url)).toBeUndefined();
    },
  );

  it.each(['ws://host:0', 'wss://host/path'])('accepts %s for listening', (url) => {
    expect(check(url, 'accept')).toBeUndefined();
  });

  it.each([
    ['ws://host:0', 'dial', 'a port from 1 to 65535'],
    ['ws://host/#fragment', 'dial', 'no fragment'],
    ['ws://host/?query', 'accept', 'no query'],
    ['ws://user@host/', 'accept', 'no credentials'],
  ] as const)('%s to %s: expected %s', (url, side, expected) => {
    expect(check(url, side)).toContain(expected);
  });
});
