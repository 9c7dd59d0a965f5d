/** The answer to an upgrade: what `onResponse` and `exit.response` have of it, on real sockets. */

import type { Socket as NetSocket } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/log.ts';
import type { UpgradeResponse } from '../../src/policy/upgrade-response.ts';
import { createSupervisor } from '../../src/presets/node.ts';
import { virtualClock } from '../../src/testing.ts';
import { systemClock } from '../../src/time/clock.ts';
import { webSocketOverWs } from '../../src/transport/websocket-ws.ts';
import { connectProxy } from '../support/connect-proxy.ts';
import { later } from './peers.ts';
import { RecordingSink } from './recording-sink.ts';
import { dialWs, httpPeer, rawPeer, type WsSink, wsServer } from './websocket-peers.ts';

/** Dials with a listener of responses. */
function hearing(url: URL, protocols: string[] = []) {
  const heard: UpgradeResponse[] = [];
  const sink: WsSink = new RecordingSink();
  const onResponse = (response: UpgradeResponse) => {
    expect(sink.calls).toEqual([]);
    heard.push(response);
  };
  const socket = webSocketOverWs().dial({ url, protocols, dialler: { onResponse } }, sink);
  later(() => socket.destroy());
  return { heard, sink, socket };
}

/** Answers with these bytes, and goes on with the socket. */
function answering(text: string, then: (socket: NetSocket) => void = (socket) => socket.end()) {
  return rawPeer((socket) => {
    socket.once('data', () => {
      socket.write(text);
      then(socket);
    });
  });
}

describe('an upgrade', () => {
  it('tells status, headers, cookies and subprotocol', async () => {
    const { url, server } = await wsServer({ handleProtocols: () => 'b' });
    server.on('headers', (headers) =>
      headers.push('Set-Cookie: a=1; Path=/', 'Set-Cookie: b=2', 'X-Weight: 1', 'X-Weight: 2'),
    );
    const { heard, sink, socket } = hearing(url, ['a', 'b']);
    expect(socket.subprotocol).toBe('');
    await sink.saw('opened');
    expect(socket.subprotocol).toBe('b');
    expect(heard).toHaveLength(1);
    expect(heard[0]).toMatchObject({
      status: 101,
      cookies: ['a=1; Path=/', 'b=2'],
      subprotocol: 'b',
      location: undefined,
      body: '',
    });
    expect(heard[0]?.headers).toMatchObject({ upgrade: 'websocket', 'x-weight': '1, 2' });
    expect(heard[0]?.headers).not.toHaveProperty('set-cookie');
  });

  it('shows nothing but its status to JSON and util.inspect', async () => {
    const { url, server } = await wsServer();
    server.on('headers', (headers) => headers.push('Set-Cookie: secret'));
    const { heard, sink } = hearing(url);
    await sink.saw('opened');
    expect(JSON.stringify(heard)).toBe('[{"status":101}]');
    expect(inspect(heard, { depth: 9, showHidden: true })).not.toContain('secret');
    expect(Object.keys({ ...heard[0] })).toEqual([]);
  });
});

describe('a refusal', () => {
  it.each([401, 403, 404, 429, 503])('with status %i tells headers and body', async (status) => {
    const url = await httpPeer((_request, response) => {
      response.writeHead(status, { 'x-why': 'quota', 'set-cookie': ['a', 'b'], 'retry-after': '3' });
      response.end('{"error":"grüße"}');
    });
    const { heard, sink } = hearing(url);
    await sink.saw('closed');
    const [failure] = sink.failures;
    expect(sink.calls).toEqual(['failed', 'closed']);
    expect(failure).toMatchObject({
      reason: status < 404 ? 'unauthorized' : 'upgrade-refused',
      code: status,
      detail: `the upgrade was answered with status ${status}`,
      retryAfterMs: 3000,
    });
    expect(failure?.response).toBe(heard[0]);
    expect(heard).toMatchObject([
      { status, cookies: ['a', 'b'], body: '{"error":"grüße"}', subprotocol: undefined },
    ]);
    expect(heard[0]?.headers).toMatchObject({ 'x-why': 'quota' });
  });

  it('tells the same without a listener', async () => {
    const url = await httpPeer((_request, response) => response.writeHead(403).end('why'));
    const { sink } = dialWs(webSocketOverWs(), url);
    await sink.saw('closed');
    expect(sink.failures[0]?.response).toMatchObject({ status: 403, body: 'why' });
  });

  it('that redirects has its location whole, and its detail has it without secrets', async () => {
    const location = 'https://user:secret@login.example/sign?token=secret#secret';
    const url = await httpPeer((_request, response) => response.writeHead(302, { location }).end());
    const { sink } = dialWs(webSocketOverWs(), url);
    await sink.saw('closed');
    expect(sink.failures).toMatchObject([
      {
        reason: 'upgrade-refused',
        code: 302,
        detail: 'the upgrade was answered with status 302, which leads to https://login.example/sign',
        response: { location },
      },
    ]);
    expect(JSON.stringify(sink.failures)).not.toContain('secret');
    expect(inspect(sink.failures, { depth: 9 })).not.toContain('secret');
  });

  it('has the first 2 KiB of a body without end, which is then cut', async () => {
    const closed = new RecordingSink();
    const url = await httpPeer((_request, response) => {
      response
        .on('close', () => closed.closed())
        .on('error', () => {})
        .writeHead(503);
      const go = () => {
        while (response.write('ä'.repeat(500)));
      };
      response.on('drain', go);
      go();
    });
    const { sink } = dialWs(webSocketOverWs(), url);
    await sink.saw('closed');
    expect(sink.failures).toMatchObject([{ code: 503, response: { body: 'ä'.repeat(1024) } }]);
    await closed.saw('closed');
  });

  it.each([
    ['its end', 'Content-Length: 9\r\n\r\nhalf', (socket: NetSocket) => socket.end()],
    [
      'a reset',
      'Content-Length: 9\r\n\r\nhalf',
      (socket: NetSocket) => setImmediate(() => socket.resetAndDestroy()),
    ],
    [
      'garbage',
      'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n',
      (socket: NetSocket) => socket.end('garbage\r\n'),
    ],
  ])('whose body is cut short by %s is a refusal', async (_what, text, then) => {
    const url = await answering(`HTTP/1.1 401 No\r\n${text}`, then);
    const { sink } = dialWs(webSocketOverWs(), url);
    await sink.saw('closed');
    expect(sink.calls).toEqual(['failed', 'closed']);
    expect(sink.failures).toMatchObject([{ reason: 'unauthorized', code: 401, response: { body: 'half' } }]);
  });

  it.each([
    ['waits 1 s for a body that is silent', 1000, { reason: 'upgrade-refused' }],
    ['gives it to the exit when a deadline is over before', 900, undefined],
  ])('%s', async (_what, ms, reported) => {
    const clock = virtualClock();
    const asked = new RecordingSink();
    const url = await answering('HTTP/1.1 503 No\r\nContent-Length: 9\r\n\r\nhalf', () => {});
    const sink: WsSink = new RecordingSink();
    const socket = webSocketOverWs().dial(
      { url, dialler: { onResponse: () => asked.opened() } },
      sink,
      clock,
    );
    later(() => socket.destroy());
    while (socket.progress?.response?.body !== 'half')
      await new Promise((resolve) => systemClock.afterIo(() => resolve(0)));
    clock.advance(ms);
    if (reported === undefined) {
      expect(sink.calls).toEqual([]);
      expect(socket.progress).toMatchObject({
        reason: 'upgrade-refused',
        code: 503,
        response: { body: 'half' },
      });
      socket.destroy();
    }
    await sink.saw('closed');
    expect(sink.failures).toMatchObject(reported ? [{ ...reported, response: { body: 'half' } }] : []);
    expect(clock.pending).toBe(0);
  });

  it('of a proxy is none of the target', async () => {
    const proxy = await connectProxy({ refusal: '403 No' });
    const { sink } = dialWs(webSocketOverWs({ proxy: proxy.url }), new URL('ws://feed.example'));
    await sink.saw('closed');
    expect(sink.failures[0]).toMatchObject({ code: 403 });
    expect(sink.failures[0]).not.toHaveProperty('response');
  });
});

describe('a connection', () => {
  function supervised(clock = virtualClock()) {
    const errors: unknown[] = [];
    const logged: unknown[] = [];
    const supervisor = createSupervisor({
      clock,
      logger: {
        ...silentLogger,
        debug: log,
        trace: log,
        info: log,
        warn: log,
        error: log,
        fatal: log,
      } as never,
      onError: (error, where) => errors.push(`${where}: ${(error as Error).message}`),
    });
    function log(...args: unknown[]) {
      logged.push(args);
    }
    supervisor.events$.subscribe((event) => logged.push(event));
    later(() => supervisor.stop());
    return { clock, supervisor, errors, logged };
  }

  it('hears of each answer, has the subprotocol while it is open, and no event has what it heard', async () => {
    const { url, server } = await wsServer({ handleProtocols: () => 'v2' });
    server.on('headers', (headers) => headers.push('Set-Cookie: secret'));
    const { supervisor, logged, errors } = supervised();
    const heard: unknown[] = [];
    const connection = supervisor.connect({
      url,
      protocols: ['v2'],
      onResponse: (response, from) => {
        heard.push([response.status, response.cookies, from.id, from.state]);
        throw new Error('of the user');
      },
    });
    expect(connection.subprotocol).toBeUndefined();
    await connection.ready();
    expect(connection.subprotocol).toBe('v2');
    expect(heard).toEqual([[101, ['secret'], connection.id, 'connecting']]);
    expect(errors).toEqual(['onResponse: of the user']);
    await connection.close();
    expect(connection.subprotocol).toBeUndefined();
    expect(inspect([logged, connection.history()], { depth: 9 })).not.toContain('secret');
  });

  it.each([101, 503])('is closed by onResponse, at status %i', async (status) => {
    const closed = new RecordingSink();
    const url = await rawPeer((socket) => {
      socket
        .on('close', () => closed.closed())
        .once('data', () => {
          socket.write(
            `HTTP/1.1 ${status} X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n`,
          );
        });
    });
    const { supervisor } = supervised();
    const connection = supervisor.connect({ url, onResponse: (_, from) => void from.close() });
    expect(await connection.closed).toMatchObject({ reason: 'closed-by-us' });
    await closed.saw('closed');
  });

  it('has the subprotocol that it has chosen for a client', async () => {
    const { supervisor } = supervised();
    const accepted: (string | undefined)[] = [];
    const { url } = await supervisor.listen({
      url: 'ws://127.0.0.1:0',
      onMessage: (_, connection) => accepted.push(connection.subprotocol),
    });
    const connection = supervisor.connect({ url, protocols: ['v2', 'v1'] });
    await connection.send('x');
    while (accepted.length === 0) await new Promise((resolve) => systemClock.afterIo(() => resolve(0)));
    expect([accepted, connection.subprotocol]).toEqual([['v2'], 'v2']);
  });

  it('has the refusal in its exit, which hides it from JSON', async () => {
    const url = await httpPeer((_request, response) =>
      response
        .writeHead(401, { 'www-authenticate': 'Bearer secret', 'set-cookie': 'secret' })
        .end('{"code":"secret"}'),
    );
    const { supervisor, logged } = supervised();
    const connection = supervisor.connect({ url });
    const exit = await connection.closed;
    expect(exit).toMatchObject({ reason: 'unauthorized', code: 401 });
    expect(JSON.parse(exit.response?.body ?? '')).toEqual({ code: 'secret' });
    expect(exit.response?.headers['www-authenticate']).toBe('Bearer secret');
    const shown = [logged, exit, connection, connection.history()];
    expect(JSON.stringify(shown)).not.toContain('secret');
    expect(inspect(shown, { depth: 9 })).not.toContain('secret');
  });

  it('whose refusal is under way at the end of deadlines.connect ends with the refusal', async () => {
    const asked = new RecordingSink();
    const url = await answering('HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\nhalf', (socket) => {
      asked.opened();
      socket.on('close', () => asked.closed());
    });
    const { supervisor, clock } = supervised();
    const connection = supervisor.connect({ url, deadlines: { connect: '1s', close: '1s' } });
    await asked.saw('opened');
    for (let turn = 0; turn < 20; turn++)
      await new Promise((resolve) => systemClock.afterIo(() => resolve(0)));
    clock.advance(999);
    clock.advance(1);
    expect(await connection.closed).toMatchObject({
      reason: 'unauthorized',
      code: 403,
      response: { body: 'half' },
    });
    await asked.saw('closed');
  });
});
