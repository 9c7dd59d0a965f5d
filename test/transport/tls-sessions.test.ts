/** TLS sessions between the incarnations of an endpoint, against servers without any code of holdfast. */
import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { createServer as createTlsServer, type PeerCertificate, type TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { Socket, Transport } from '../../src/ports/transport.ts';
import { type Clock, systemClock } from '../../src/time/clock.ts';
import { tls } from '../../src/transport/tls.ts';
import { expiryOf, TlsSessions } from '../../src/transport/tls-sessions.ts';
import { webSocketOverWs } from '../../src/transport/websocket-ws.ts';
import { certificate, fixture, later, serving } from './peers.ts';
import { RecordingSink } from './recording-sink.ts';

const ca = certificate.cert;

type Make = (options: object) => Transport<never>;

const transports: Readonly<Record<string, Make>> = {
  tls: tls as unknown as Make,
  wss: webSocketOverWs as unknown as Make,
};

/** Says a word to each peer: the tickets of TLS 1.3 come before it. */
async function serverOf(scheme: string, options: object, port = 0): Promise<Server> {
  const secrets = { ...certificate, ...options };
  const server = scheme === 'tls' ? createTlsServer(secrets) : createHttpsServer(secrets);
  server.on('tlsClientError', () => {});
  if (scheme === 'tls')
    server.on('secureConnection', (socket: TLSSocket) => void socket.on('error', () => {}).write('hello'));
  else
    new WebSocketServer({ server: server as never }).on('connection', (ws) =>
      ws.on('error', () => {}).send('hello'),
    );
  await serving(server, { host: '127.0.0.1', port });
  return server;
}

function urlOf(scheme: string, server: Server): URL {
  return new URL(`${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

interface Dialled {
  readonly resumed: boolean | undefined;
  readonly authorized: boolean | undefined;
  readonly reason: string | undefined;
}

/** One incarnation: dials, hears the word of the peer, and goes. */
async function dial(transport: Transport<never>, url: URL, clock: Clock = systemClock): Promise<Dialled> {
  const sink = new RecordingSink<never>();
  const socket: Socket<never> = transport.dial({ url }, sink, clock);
  later(() => socket.destroy());
  await sink.until(() => sink.count('received') > 0 || sink.count('failed') > 0);
  const { resumed, authorized } = socket.remote ?? {};
  socket.destroy();
  await sink.saw('closed');
  expect(sink.count('opened')).toBe(sink.failures.length === 0 ? 1 : 0);
  return { resumed, authorized, reason: sink.failures[0]?.reason };
}

const fresh = { resumed: false, authorized: true, reason: undefined };
const again = { ...fresh, resumed: true };

function inYear2200(): Clock {
  return { ...systemClock, wall: () => Date.parse('2200-01-01') };
}

describe.each(['tls', 'wss'])('over %s', (scheme) => {
  const make = (options: object = {}) => transports[scheme]?.({ ca, ...options }) as Transport<never>;

  it.each(['TLSv1.2', 'TLSv1.3'])(
    'the next dial resumes the session of the last one: %s',
    async (version) => {
      const url = urlOf(scheme, await serverOf(scheme, { maxVersion: version }));
      const transport = make();
      expect(await dial(transport, url)).toEqual(fresh);
      expect(await dial(transport, url)).toEqual(again);
      expect(await dial(transport, url)).toEqual(again);
    },
  );

  it('by name and by address alike, each with its own session', async () => {
    const url = urlOf(scheme, await serverOf(scheme, {}));
    const named = new URL(url.href.replace('127.0.0.1', 'localhost'));
    const transport = make();
    expect(await dial(transport, url)).toEqual(fresh);
    expect(await dial(transport, named)).toEqual(fresh);
    expect(await dial(transport, named)).toEqual(again);
    expect(await dial(transport, url)).toEqual(again);
  });

  it('another transport, and sessionResumption: false, begin anew', async () => {
    const url = urlOf(scheme, await serverOf(scheme, {}));
    const [one, other, without] = [make(), make(), make({ sessionResumption: false })];
    expect(await dial(one, url)).toEqual(fresh);
    expect(await dial(other, url)).toEqual(fresh);
    expect(await dial(without, url)).toEqual(fresh);
    expect(await dial(without, url)).toEqual(fresh);
  });

  it('options that the program changes afterwards change nothing', async () => {
    const url = urlOf(scheme, await serverOf(scheme, {}));
    const options: { ca: string; checkServerIdentity?: unknown } = { ca };
    const transport = make(options);
    expect(await dial(transport, url)).toEqual(fresh);
    options.ca = fixture('expired.crt');
    options.checkServerIdentity = () => new Error('never asked');
    expect(await dial(transport, url)).toEqual(again);
  });

  it('no session of a server whose certificate is not accepted is kept', async () => {
    const url = urlOf(scheme, await serverOf(scheme, {}));
    const any = make({ ca: fixture('expired.crt'), rejectUnauthorized: false });
    expect(await dial(any, url)).toEqual({ ...fresh, authorized: false });
    expect(await dial(any, url)).toEqual({ ...fresh, authorized: false });
    const none = make({ ca: fixture('expired.crt') });
    for (const _ of [1, 2]) expect(await dial(none, url)).toMatchObject({ reason: 'certificate' });
  });

  it.each(['TLSv1.2', 'TLSv1.3'])(
    'checkServerIdentity is asked about a resumed session, too: %s',
    async (maxVersion) => {
      const url = urlOf(scheme, await serverOf(scheme, { maxVersion }));
      const asked: [string, PeerCertificate][] = [];
      let answer: Error | undefined;
      const transport = make({
        checkServerIdentity: (host: string, peer: PeerCertificate) => {
          asked.push([host, peer]);
          return answer;
        },
      });
      expect(await dial(transport, url)).toEqual(fresh);
      expect(await dial(transport, url)).toEqual(again);
      answer = new Error('revoked');
      expect(await dial(transport, url)).toMatchObject({ reason: 'certificate' });
      answer = undefined;
      // The refusal has forgotten the session.
      expect(await dial(transport, url)).toEqual(fresh);
      expect(asked).toHaveLength(4);
      const [[host, first]] = asked as [[string, PeerCertificate]];
      for (const [name, peer] of asked)
        expect([name, peer.fingerprint256]).toEqual([host, first.fingerprint256]);
    },
  );

  it('a session is not offered once a certificate of its chain has expired', async () => {
    const url = urlOf(scheme, await serverOf(scheme, {}));
    const transport = make();
    expect(await dial(transport, url)).toEqual(fresh);
    expect(await dial(transport, url, inYear2200())).toEqual(fresh);
  });

  it('a server that has lost its keys gets a full handshake, and the session after it is kept', async () => {
    const first = await serverOf(scheme, {});
    const url = urlOf(scheme, first);
    const transport = make();
    expect(await dial(transport, url)).toEqual(fresh);
    await new Promise((resolve) => first.close(resolve));
    await serverOf(scheme, {}, Number(url.port));
    expect(await dial(transport, url)).toEqual(fresh);
    expect(await dial(transport, url)).toEqual(again);
  });

  it('a dial that no host answers keeps the session, a handshake that is cut off does not', async () => {
    const ticketKeys = Buffer.alloc(48, 7);
    const first = await serverOf(scheme, { ticketKeys });
    const url = urlOf(scheme, first);
    const port = Number(url.port);
    const transport = make();
    expect(await dial(transport, url)).toEqual(fresh);
    await new Promise((resolve) => first.close(resolve));
    expect(await dial(transport, url)).toMatchObject({ reason: 'refused' });
    const second = await serverOf(scheme, { ticketKeys }, port);
    expect(await dial(transport, url)).toEqual(again);
    await new Promise((resolve) => second.close(resolve));
    const rude = createTcpServer((socket) => socket.once('data', () => socket.destroy()));
    await serving(rude, { host: '127.0.0.1', port });
    expect((await dial(transport, url)).reason).toBeDefined();
    rude.close();
    await once(rude, 'close');
    await serverOf(scheme, { ticketKeys }, port);
    expect(await dial(transport, url)).toEqual(fresh);
  });
});

describe('the sessions of a transport', () => {
  const kept = (until = 10) => ({ session: Buffer.alloc(1), until, certificate: undefined });

  it('are those of the 100 endpoints that were used last', () => {
    const sessions = new TlsSessions();
    for (let at = 0; at < 100; at++) sessions.keep(`host:${at}`, kept());
    expect(sessions.offer('host:0', 1)).toBeDefined();
    sessions.keep('host:100', kept());
    expect(sessions.size).toBe(100);
    expect(sessions.offer('host:0', 1)).toBeDefined();
    expect(sessions.offer('host:1', 1)).toBeUndefined();
  });

  it('are forgotten when they have expired', () => {
    const sessions = new TlsSessions();
    sessions.keep('host:1', kept(10));
    expect(sessions.offer('host:1', 9)).toBeDefined();
    expect(sessions.offer('host:1', 10)).toBeUndefined();
    expect(sessions.size).toBe(0);
  });

  it('a failed dial forgets the session that it offered, and no later one', () => {
    const sessions = new TlsSessions();
    const [one, other] = [kept(), kept()];
    sessions.keep('host:1', one);
    sessions.keep('host:1', other);
    sessions.forget('host:1', one);
    expect(sessions.offer('host:1', 1)).toBe(other);
    sessions.forget('host:1', undefined);
    sessions.forget('host:1', other);
    expect(sessions.size).toBe(0);
  });

  it('expire with the first certificate of the chain; one without a date is never offered', () => {
    const root = { valid_to: 'Jan  1 00:00:00 2040 GMT' } as PeerCertificate & {
      issuerCertificate?: unknown;
    };
    root.issuerCertificate = root;
    const leaf = { valid_to: 'Jan  1 00:00:00 2030 GMT', issuerCertificate: root };
    expect(expiryOf(leaf as never)).toBe(Date.UTC(2030, 0, 1));
    expect(expiryOf({ ...leaf, valid_to: 'Jan  1 00:00:00 2050 GMT' } as never)).toBe(Date.UTC(2040, 0, 1));
    expect(expiryOf({ ...leaf, valid_to: 'never' } as never)).toBe(0);
  });
});
