import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { tls } from '../../src/transport/tls.ts';
import type { TlsOptions } from '../../src/transport/tls-options.ts';
import {
  certificate,
  fixture,
  later,
  listening,
  notingNames,
  placeOf,
  Reception,
  roundTrip,
  serving,
  toLoopback,
} from './peers.ts';
import { RecordingSink } from './recording-sink.ts';

const expired = { cert: fixture('expired.crt'), key: certificate.key };

async function tlsPeer(options = certificate, host = '127.0.0.1'): Promise<URL> {
  const server = createTlsServer(options, (socket) => socket.on('error', () => {}));
  await serving(server, { host: '127.0.0.1', port: 0 });
  return urlOf(server, host);
}

function urlOf(server: Server, host = '127.0.0.1'): URL {
  return new URL(`tls://${host}:${(server.address() as AddressInfo).port}`);
}

async function outcome(url: URL, options: TlsOptions) {
  const sink = new RecordingSink();
  const socket = tls(options).dial({ url }, sink);
  later(() => socket.destroy());
  await sink.until(() => sink.calls.length > 0);
  if (sink.calls[0] === 'failed') await sink.saw('closed');
  return { calls: sink.calls, ...sink.failures[0] };
}

const failed = { calls: ['failed', 'closed'] };

describe('dialling TLS', () => {
  it('opens when the certificate matches the name', async () => {
    const url = await tlsPeer(certificate, 'localhost');
    expect(await outcome(url, { ca: certificate.cert })).toEqual({ calls: ['opened'] });
  });

  it.each([{}, { servername: 'localhost.' }])(
    'SNI: the name of a URL with a final dot, and of %j, goes out without the dot',
    async (options) => {
      const names: string[] = [];
      const url = await tlsPeer(notingNames(names), 'localhost.');
      expect(await outcome(url, { ca: certificate.cert, ...toLoopback, ...options })).toEqual({
        calls: ['opened'],
      });
      expect(names).toEqual(['localhost']);
    },
  );

  it.each([
    ['has an unknown signer', certificate, {}, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['has expired', expired, { ca: expired.cert }, 'CERT_HAS_EXPIRED'],
    [
      'is for another name',
      certificate,
      { ca: certificate.cert, servername: 'elsewhere.example' },
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
  ])('fails as certificate when the certificate %s', async (_why, theirs, ours, code) => {
    expect(await outcome(await tlsPeer(theirs), ours)).toMatchObject({
      ...failed,
      reason: 'certificate',
      code,
    });
  });

  it('accepts any certificate with rejectUnauthorized: false', async () => {
    expect(await outcome(await tlsPeer(expired), { rejectUnauthorized: false })).toEqual({
      calls: ['opened'],
    });
  });

  it('reports a handshake that was cut off as reset, without an end of stream', async () => {
    const server = createServer((socket) => socket.resume().end());
    await serving(server, { host: '127.0.0.1', port: 0 });
    const url = urlOf(server);
    expect(await outcome(url, {})).toMatchObject({ ...failed, reason: 'reset' });
  });
});

describe('listening with TLS', () => {
  it('rejects with ConfigError without a certificate', async () => {
    const bound = listening(tls({ ca: certificate.cert }), new URL('tls://127.0.0.1:0'), new Reception());
    await expect(bound).rejects.toMatchObject({ code: 'bad-config' });
  });

  it('drops a peer that does not speak TLS, and accepts the next', async () => {
    const reception = new Reception();
    const { url } = await listening(tls(certificate), new URL('tls://127.0.0.1:0'), reception);
    const stranger = connect(placeOf(url));
    stranger
      .on('error', () => {})
      .resume()
      .write('GET / HTTP/1.0\r\n\r\n');
    await new Promise((resolve) => stranger.on('close', resolve));
    expect(await outcome(new URL(url), { ca: certificate.cert })).toEqual({ calls: ['opened'] });
    await reception.next();
    expect(reception.errors).toEqual([]);
  });

  it('drops a silent peer after handshakeTimeout', async () => {
    const reception = new Reception();
    const transport = tls({ ...certificate, handshakeTimeout: 20 });
    const { url } = await listening(transport, new URL('tls://127.0.0.1:0'), reception);
    await once(connect(placeOf(url)).resume(), 'close');
    expect(reception.raws).toEqual([]);
  });

  it('drops a socket whose handshake is under way when it closes', async () => {
    const reception = new Reception();
    const bound = await listening(tls(certificate), new URL('tls://127.0.0.1:0'), reception);
    const below = connect(placeOf(bound.url));
    await once(below, 'connect');
    await roundTrip();
    const gone = once(below.resume(), 'close');
    await bound.close();
    await gone;
    expect(reception.raws).toEqual([]);
  });
});
