/** WebSockets through HTTP proxies and by agents, on real sockets: the proxy is one of plain `node:http`, or hostile. */
import { createServer, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { connect, Socket as NetSocket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, it, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Clock, systemClock } from '../../src/time/clock.ts';
import { type WebSocketOverWsOptions, webSocketOverWs } from '../../src/transport/websocket-ws.ts';
import { connectProxy } from '../support/connect-proxy.ts';
import { certificate, closedPort, later, notingNames, Reception, serving } from './peers.ts';
import { RecordingSink } from './recording-sink.ts';
import { dialWs, httpPeer, rawPeer, type WsSink, wsServer } from './websocket-peers.ts';

const ca = certificate.cert;

/** A server of `ws` over TLS, and its port. */
async function secureServer(names: string[] = [], identity = certificate) {
  const server = createTlsServer({ ...notingNames(names), ...identity });
  const sockets = new WebSocketServer({ noServer: true });
  const reception = new Reception();
  const http = createServer().on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (ws) =>
      reception.accepted(
        ws.on('error', () => {}),
        '',
      ),
    );
  });
  server.on('secureConnection', (socket) =>
    http.emit(
      'connection',
      socket.on('error', () => {}),
    ),
  );
  server.on('tlsClientError', () => {});
  await serving(server, { host: '127.0.0.1', port: 0 });
  return { port: (server.address() as { port: number }).port, reception };
}

function dial(options: WebSocketOverWsOptions, url: string | URL, headers?: Record<string, string>) {
  return dialWs(webSocketOverWs(options), { url: new URL(url), ...(headers && { headers }) });
}

/** The failure of a dial, which then holds nothing. */
async function failureOf(options: WebSocketOverWsOptions, url: string) {
  const { sink } = dial(options, url);
  await sink.saw('closed');
  expect(sink.calls).toEqual(['failed', 'closed']);
  return sink.failures[0];
}

async function echoes(
  sink: WsSink,
  socket: { write(chunk: string, more: boolean): unknown },
  peer: WebSocket,
) {
  peer.on('message', (data) => peer.send(`echo ${data}`));
  socket.write('x', false);
  await sink.sawText('echo x');
}

describe('through a proxy', () => {
  it('makes a tunnel for ws:, whose name is looked up by the proxy alone', async () => {
    const { url, reception } = await wsServer();
    const proxy = await connectProxy({ port: url.port });
    const lookup = vi.fn();
    const { sink, socket } = dial({ proxy: proxy.url, lookup }, 'ws://feed.example/path');
    await sink.saw('opened');
    await echoes(sink, socket, (await reception.next()) as WebSocket);
    expect(proxy.requests).toMatchObject([
      { place: 'feed.example:80', headers: { host: 'feed.example:80' } },
    ]);
    expect(lookup).not.toHaveBeenCalled();
    expect(socket.remote).toMatchObject({ address: '127.0.0.1', port: Number(new URL(proxy.url).port) });
  });

  it.each(['http', 'https'])(
    'verifies the target of wss: by its own name, through a proxy of %s:',
    async (scheme) => {
      const names: string[] = [];
      const { port, reception } = await secureServer(names);
      const proxy = await connectProxy({ secure: scheme === 'https', port });
      const { sink, socket } = dial({ ca, proxy: { url: proxy.url, ca } }, 'wss://localhost/');
      await sink.saw('opened');
      await echoes(sink, socket, (await reception.next()) as WebSocket);
      expect(proxy.requests.map(({ place }) => place)).toEqual(['localhost:443']);
      expect(names).toEqual(['localhost']);
      expect(socket.remote).toMatchObject({
        authorized: true,
        certificate: { subject: { CN: 'localhost' } },
      });
    },
  );

  it('ends as certificate when checkServerIdentity refuses the target, in full and resumed', async () => {
    const { port, reception } = await secureServer();
    const proxy = await connectProxy({ port });
    let answer: Error | undefined;
    const transport = webSocketOverWs({ ca, proxy: proxy.url, checkServerIdentity: () => answer });
    for (const error of [undefined, undefined, new Error('not this one')]) {
      answer = error;
      const { sink, socket } = dialWs(transport, new URL('wss://localhost'));
      await sink.until(() => sink.calls.length > 0);
      if (error === undefined) {
        ((await reception.next()) as WebSocket).send('x');
        await sink.saw('received');
        socket.end();
      }
      await sink.saw('closed');
      expect(sink.calls[0]).toBe(error === undefined ? 'opened' : 'failed');
      expect(sink.failures).toMatchObject(error === undefined ? [] : [{ reason: 'certificate' }]);
    }
    await proxy.empty();
  });

  it('fails as certificate when the target at the end of the tunnel has another name', async () => {
    const { port } = await secureServer();
    const proxy = await connectProxy({ port });
    expect(await failureOf({ ca, proxy: proxy.url }, 'wss://elsewhere.example/')).toMatchObject({
      reason: 'certificate',
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
      detail: expect.stringContaining(`proxy ${proxy.url}: elsewhere.example:443: `),
    });
    await proxy.empty();
  });

  it('trusts a proxy of https: by the options of the proxy alone', async () => {
    const { port } = await secureServer();
    const proxy = await connectProxy({ secure: true, port });
    expect(await failureOf({ ca, proxy: proxy.url }, 'wss://localhost/')).toMatchObject({
      reason: 'certificate',
      detail: expect.stringContaining(`proxy ${proxy.url}: `),
    });
  });

  it.each(['http', 'https'])('resumes the session of the target, through a proxy of %s:', async (scheme) => {
    const { port } = await secureServer();
    const proxy = await connectProxy({ secure: scheme === 'https', port });
    const transport = webSocketOverWs({ ca, proxy: { url: proxy.url, ca } });
    const resumed: (boolean | undefined)[] = [];
    for (const _ of [1, 2]) {
      const { sink, socket } = dialWs(transport, new URL('wss://localhost'));
      await sink.saw('opened');
      resumed.push(socket.remote?.resumed);
      socket.destroy();
      await sink.saw('closed');
    }
    expect(resumed).toEqual([false, true]);
  });

  it.each([
    [{ ca: './ca.pem' }, 'proxy.ca: "8 characters" is not valid; expected certificates as PEM'],
    [{ cert: certificate.cert }, 'proxy.key: undefined is not valid; expected PEM text, as cert is given'],
  ])('names the mistake in its certificates: %#', (options, expected) => {
    const proxy = { url: 'https://proxy.example', ...options };
    expect(() => webSocketOverWs({ proxy })).toThrow(expected);
  });

  it('sends user and password to the proxy alone, and the headers of the target to the target alone', async () => {
    const seen: unknown[] = [];
    const { url } = await wsServer({
      verifyClient: ({ req }: { req: { headers: object } }) => seen.push(req.headers) > 0,
    });
    const proxy = await connectProxy({ credentials: 'us:er:p@ss', port: url.port });
    const named = proxy.url.replace('//', '//us%3Aer:p%40ss@');
    const headers = { 'x-tenant': 'a' };
    const { sink } = dial({ proxy: { url: named, headers } }, 'ws://feed.example', {
      authorization: 'Bearer t',
    });
    await sink.saw('opened');
    expect(proxy.requests[0]?.headers).toMatchObject(headers);
    expect(proxy.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(seen).toMatchObject([{ authorization: 'Bearer t' }]);
    expect(Object.keys(seen[0] as object)).not.toContain('proxy-authorization');
    expect(Object.keys(seen[0] as object)).not.toContain('x-tenant');
  });

  it.each([
    ['', 'it wants credentials'],
    ['user:secret@', 'its credentials are not accepted'],
  ])('fails as unauthorized for status 407 to "%s", and shows no password', async (user, answer) => {
    const proxy = await connectProxy({ credentials: 'other:one' });
    const failure = await failureOf({ proxy: proxy.url.replace('//', `//${user}`) }, 'ws://feed.example');
    expect(failure).toMatchObject({
      reason: 'unauthorized',
      code: 407,
      detail: `proxy ${proxy.url}: the tunnel was refused with status 407: ${answer}`,
    });
    expect(JSON.stringify([failure, String(failure?.error)])).not.toContain('secret');
    await proxy.empty();
  });

  it.each([
    ['502 Bad Gateway', { reason: 'unreachable', code: 502 }],
    ['503 No\r\nRetry-After: 7', { reason: 'unreachable', code: 503, retryAfterMs: 7000 }],
    ['504 Gateway Timeout', { reason: 'unreachable', code: 504 }],
    ['403 Forbidden', { reason: 'unauthorized', code: 403 }],
    ['429 Slow\r\nRetry-After: 2', { reason: 'upgrade-refused', code: 429, retryAfterMs: 2000 }],
    ['500 Internal', { reason: 'upgrade-refused', code: 500 }],
    ['302 Found\r\nLocation: http://login.example', { reason: 'upgrade-refused', code: 302 }],
    ['100 Continue', { reason: 'upgrade-refused', code: 100 }],
  ])('classifies a tunnel that is refused with %s', async (refusal, expected) => {
    const proxy = await connectProxy({ refusal });
    expect(await failureOf({ proxy: proxy.url }, 'wss://feed.example')).toMatchObject({
      ...expected,
      detail: expect.stringContaining(
        `proxy ${proxy.url}: the tunnel was refused with status ${expected.code}`,
      ),
    });
    await proxy.empty();
  });

  it('names the proxy where nothing listens', async () => {
    const port = await closedPort();
    expect(await failureOf({ proxy: `http://127.0.0.1:${port}` }, 'ws://feed.example')).toMatchObject({
      reason: 'refused',
      code: 'ECONNREFUSED',
      detail: `proxy http://127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}`,
    });
  });

  it('looks the name of the proxy up, and dials its addresses in turn', async () => {
    const { url } = await wsServer();
    const proxy = await connectProxy({ port: url.port });
    const asked: string[] = [];
    const lookup: WebSocketOverWsOptions['lookup'] = (name, _options, found) => {
      asked.push(name);
      found(null, [
        { address: '127.0.0.2', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]);
    };
    const { port } = new URL(proxy.url);
    const { sink } = dial({ proxy: `http://proxy.example:${port}`, lookup }, 'ws://feed.example');
    await sink.saw('opened');
    expect(asked).toEqual(['proxy.example']);
  });

  it('says what the target answered, through the tunnel', async () => {
    const url = await httpPeer((_request, response) => response.writeHead(401).end());
    const proxy = await connectProxy({ port: url.port });
    expect(await failureOf({ proxy: proxy.url }, 'ws://feed.example')).toMatchObject({
      reason: 'unauthorized',
      code: 401,
      detail: 'the upgrade was answered with status 401',
    });
    await proxy.empty();
  });
});

describe('a proxy that is hostile', () => {
  const head = 'HTTP/1.1 200 OK\r\n';
  it.each([
    ['garbage', (socket: NetSocket) => void socket.write('SSH-2.0-OpenSSH\r\n'), 'protocol-error'],
    [
      'an endless header',
      (socket: NetSocket) => flood(socket, `${head}X: `, 'x'.repeat(4096)),
      'protocol-error',
    ],
    ['endless headers', (socket: NetSocket) => flood(socket, head, 'X: y\r\n'.repeat(500)), 'protocol-error'],
    ['half an answer and its end', (socket: NetSocket) => void socket.end(`${head}X: `), 'reset'],
    ['its end', (socket: NetSocket) => void socket.end(), 'reset'],
    ['a reset', (socket: NetSocket) => void socket.resetAndDestroy(), 'reset'],
  ])('ends the dial by %s', async (_what, answer, reason) => {
    const closed = new RecordingSink();
    const url = await rawPeer((socket) => {
      socket.on('close', () => closed.closed()).once('data', () => answer(socket));
    });
    const proxy = `http://${url.host}`;
    const failure = await failureOf({ proxy }, 'wss://feed.example');
    expect(failure).toMatchObject({ reason, detail: expect.stringContaining(`proxy ${proxy}: `) });
    await closed.saw('closed');
  });

  it('cannot slip in a ServerHello of its own, nor keep the socket when TLS in the tunnel fails', async () => {
    const closed = new RecordingSink();
    const url = await rawPeer((socket) => {
      socket.on('close', () => closed.closed());
      socket.once('data', () => void socket.write(`${head}\r\nno TLS at all, sent with the head`));
    });
    expect(await failureOf({ proxy: `http://${url.host}` }, 'wss://feed.example')).toMatchObject({
      code: expect.stringContaining('ERR_SSL_'),
      detail: expect.stringContaining('feed.example:443: '),
    });
    await closed.saw('closed');
  });

  it.each([
    ['before its answer', '', 'no answer to CONNECT feed.example:443'],
    ['within its answer', head, 'no answer to CONNECT feed.example:443'],
    ['in the tunnel', `${head}\r\n`, 'feed.example:443: the TLS handshake is not done'],
  ])('is silent %s: the progress says so, and destroy leaves nothing', async (_when, answer, detail) => {
    const asked = new RecordingSink();
    const closed = new RecordingSink();
    const url = await rawPeer((socket) => {
      socket
        .on('close', () => closed.closed())
        .on('data', (data: Buffer) => {
          if (answer !== '') socket.write(answer);
          asked.received(data);
        });
    });
    const { sink, socket } = dial({ proxy: `http://${url.host}` }, 'wss://feed.example');
    await asked.saw('received', answer === `${head}\r\n` ? 2 : 1);
    expect(socket.progress).toEqual({ detail: `proxy http://${url.host}: ${detail}` });
    socket.destroy();
    await sink.saw('closed');
    await closed.saw('closed');
    expect(sink.calls).toEqual(['closed']);
    expect(socket.progress).toBeUndefined();
  });

  it.each([
    ['in the TLS handshake', 1],
    ['right after the tunnel', 0],
  ])('resets %s: an exit, and nothing unhandled', async (_when, chunks) => {
    const url = await rawPeer((socket) => {
      let seen = 0;
      socket.on('data', () => {
        if (seen === 0) socket.write(`${head}\r\n`);
        if (seen++ === chunks) socket.resetAndDestroy();
      });
    });
    expect(await failureOf({ proxy: `http://${url.host}` }, 'wss://feed.example')).toMatchObject({
      reason: 'reset',
      detail: expect.stringContaining(`proxy http://${url.host}: `),
    });
  });

  it('is not there: the progress names it while it is dialled', () => {
    const lookup = () => {};
    const { socket } = dial({ proxy: 'http://proxy.example:3128', lookup }, 'ws://feed.example');
    expect(socket.progress).toEqual({ detail: 'proxy http://proxy.example:3128: resolving proxy.example' });
  });
});

/** Writes a beginning, and then more of the same until the socket is closed. */
function flood(socket: NetSocket, first: string, more: string): void {
  socket.write(first);
  const go = () => {
    while (!socket.destroyed && socket.write(more));
  };
  socket.on('drain', go);
  go();
}

describe("the environment's proxy", () => {
  const named = ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY', 'no_proxy', 'NO_PROXY'];
  const set = (variables: Record<string, string>) => {
    for (const name of named) vi.stubEnv(name, variables[name]);
    later(() => vi.unstubAllEnvs());
  };

  it('is read anew for each dial', async () => {
    const { url } = await wsServer();
    const proxy = await connectProxy();
    const transport = webSocketOverWs({ proxy: 'environment' });
    for (const [no_proxy, tunnels] of [
      ['', 1],
      ['127.0.0.0/8', 1],
      ['other.example', 2],
    ] as const) {
      set({ http_proxy: proxy.url, no_proxy });
      const { sink } = dialWs(transport, url);
      await sink.saw('opened');
      expect(proxy.requests).toHaveLength(tunnels);
    }
  });

  it('is not asked by default', async () => {
    const { url } = await wsServer();
    set({ http_proxy: `http://127.0.0.1:${await closedPort()}` });
    const { sink } = dial({}, url);
    await sink.saw('opened');
  });

  it('fails as bad-config for a value that names none, without its password', async () => {
    set({ http_proxy: 'socks5://user:secret@proxy.example' });
    expect(await failureOf({ proxy: 'environment' }, 'ws://feed.example')).toMatchObject({
      reason: 'bad-config',
      detail: expect.stringMatching(
        /^http_proxy: "socks5:\/\/\*\*\*@proxy.example" is not valid; .*for SOCKS an agent$/,
      ),
    });
  });
});

describe('the end of a tunnel', () => {
  it.each(['ws', 'wss'])('closes the socket to the proxy once, over %s:', async (scheme) => {
    const plain = await wsServer();
    const secure = await secureServer();
    const { port, reception } = scheme === 'ws' ? { port: plain.url.port, ...plain } : secure;
    const proxy = await connectProxy({ port });
    for (const end of ['end', 'destroy'] as const) {
      const { sink, socket } = dial({ ca, proxy: proxy.url }, `${scheme}://localhost`);
      await sink.saw('opened');
      const peer = (await reception.next()) as WebSocket;
      socket[end]();
      await sink.saw('closed');
      await proxy.empty();
      expect(sink.count('closed')).toBe(1);
      peer.terminate();
    }
  });

  it('is that of the connection when the proxy cuts it', async () => {
    const { url } = await wsServer();
    const proxy = await connectProxy({ port: url.port });
    const { sink } = dial({ proxy: proxy.url }, 'ws://feed.example');
    await sink.saw('opened');
    for (const client of proxy.clients) client.destroy();
    await sink.saw('closed');
    expect(sink.calls).toEqual(['opened', 'failed', 'closed']);
    expect(sink.failures).toMatchObject([{ reason: 'cut-off' }]);
  });
});

/** A clock that holds no process. */
const unrefed: Clock = Object.assign(Object.create(systemClock), { unref: true });

describe('with unref', () => {
  it.each(['proxy', 'agent'])('the sockets of its %s hold no process', async (by) => {
    const { url } = await wsServer();
    const proxy = await connectProxy({ port: url.port });
    const sockets: NetSocket[] = [];
    const unref = vi.spyOn(NetSocket.prototype, 'unref');
    later(() => unref.mockRestore());
    const transport = webSocketOverWs(by === 'proxy' ? { proxy: proxy.url } : { agent: new HttpAgent() });
    const sink: WsSink = new RecordingSink();
    const socket = transport.dial({ url }, sink, unrefed);
    later(() => socket.destroy());
    await sink.saw('opened');
    sockets.push(...(unref.mock.contexts as NetSocket[]));
    expect(new Set(sockets).size).toBe(1);
    expect(sockets[0]?.remotePort).toBe(Number(by === 'proxy' ? new URL(proxy.url).port : url.port));
  });
});

describe('an agent', () => {
  it('dials in place of the transport, with its own lookup', async () => {
    const { url, reception } = await wsServer();
    const lookup = vi.fn();
    class Own extends HttpAgent {
      readonly asked: unknown[] = [];
      override createConnection({ host }: { host?: string }) {
        this.asked.push(host);
        return connect(Number(url.port), '127.0.0.1');
      }
    }
    const agent = new Own();
    const { sink, socket } = dial({ agent, lookup }, 'ws://feed.example');
    await sink.saw('opened');
    await echoes(sink, socket, (await reception.next()) as WebSocket);
    expect(agent.asked).toEqual(['feed.example']);
    expect(lookup).not.toHaveBeenCalled();
  });

  it('gets the TLS options of the transport, and its failures are classified', async () => {
    const { port } = await secureServer();
    const agent = new HttpsAgent({
      lookup: (_name, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }] as never),
    });
    const { sink } = dial({ agent, ca }, `wss://localhost:${port}`);
    await sink.saw('opened');
    expect(await failureOf({ agent }, `wss://localhost:${port}`)).toMatchObject({ reason: 'certificate' });
    expect(await failureOf({ agent }, `wss://localhost:${await closedPort()}`)).toMatchObject({
      reason: 'refused',
    });
  });

  it.each([
    ['the sessions that it keeps', {}, true],
    [
      'no session with a check of the user, which it would not ask',
      { checkServerIdentity: () => undefined },
      false,
    ],
    ['no session without sessionResumption', { sessionResumption: false }, false],
  ])('resumes %s', async (_what, options, resumes) => {
    const { port } = await secureServer();
    const agent = new HttpsAgent();
    const resumed: (boolean | undefined)[] = [];
    for (const _ of [1, 2]) {
      const { sink, socket } = dial({ agent, ca, ...options }, `wss://127.0.0.1:${port}`);
      await sink.saw('opened');
      resumed.push(socket.remote?.resumed);
      socket.destroy();
      await sink.saw('closed');
    }
    expect(resumed).toEqual([false, resumes]);
  });

  it('is not asked for what it does not serve: bad-config', async () => {
    expect(await failureOf({ agent: new HttpAgent() }, 'wss://localhost')).toMatchObject({
      reason: 'bad-config',
    });
  });

  it('is given up by destroy', async () => {
    const closed = new RecordingSink();
    const url = await rawPeer(
      (socket) =>
        void socket.on('data', () => closed.received(new Uint8Array())).on('close', () => closed.closed()),
    );
    const { sink, socket } = dial({ agent: new HttpAgent({ keepAlive: true }) }, url);
    await closed.saw('received');
    socket.destroy();
    await sink.saw('closed');
    await closed.saw('closed');
    expect(sink.calls).toEqual(['closed']);
  });
});
