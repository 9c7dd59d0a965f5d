/** Listening with TLS: the port itself, and the certificate, also that of HTTPS. */
import { createSecureContext, createServer, type Server } from 'node:tls';
import { badConfig, ConfigError } from '../base/errors.ts';
import { describeThrown } from '../policy/exits.ts';
import type { AcceptSink, Bound, Certificate } from '../ports/transport.ts';
import { Handshakes } from './handshakes.ts';
import { boundUrl, ignore, offer, startListening, stopAccepting } from './listening.ts';
import type { TlsOptions } from './tls-options.ts';
import { hostOf } from './url-checks.ts';

export async function listenForTls(url: URL, options: TlsOptions, sink: AcceptSink): Promise<Bound> {
  requireCertificate(options);
  const server = createServer({ ...handshakeDefaults(sink), ...options });
  const handshakes = new Handshakes(server, sink);
  server.on('secureConnection', (socket) => {
    const handshake = handshakes.of(socket);
    if (handshake?.admitted !== true) return void socket.destroy();
    handshake.done();
    socket.on('error', ignore);
    // Only from now on: a socket whose handshake the peer cuts off would stay half-open.
    socket.allowHalfOpen = true;
    offer(socket, handshake.from, sink, () => socket.destroy());
  });
  await startListening(server, { host: hostOf(url), port: Number(url.port) }, sink);
  return {
    url: boundUrl(url, server),
    close: async () => {
      stopAccepting(server);
      await handshakes.end();
    },
    update: (certificate) => replaceCertificate(server, options, certificate),
  };
}

/**
 * For listeners. Node's own default is 120 s, too long to hold sockets of peers that send nothing; a sink that
 * owns arrivals has a deadline of its own.
 */
export function handshakeDefaults(sink: AcceptSink): Pick<TlsOptions, 'handshakeTimeout'> {
  return { handshakeTimeout: sink.arrived === undefined ? 10_000 : 2 ** 31 - 1 };
}

/** For a `tls.Server`, also below HTTP. Throws `ConfigError`, with the old certificate kept. Open sockets keep theirs. */
export function replaceCertificate(server: Server, options: TlsOptions, certificate: Certificate): void {
  // Node takes any bytes, its types only those of `Buffer`.
  const { cert, key } = certificate as { cert: Buffer; key: Buffer };
  checkPem('cert', { cert });
  checkPem('key', { cert, key });
  server.setSecureContext({ ...options, cert, key });
}

/** The text itself is not in the error: a mistake may be a private key in the wrong place. */
function checkPem(path: 'cert' | 'key', pair: { cert: Buffer; key?: Buffer }): void {
  try {
    createSecureContext(pair);
  } catch (error) {
    const what = path === 'cert' ? 'a certificate chain' : 'the private key of the certificate';
    const expected = `${what} as PEM (${describeThrown(error)})`;
    throw badConfig(path, `${pair[path]?.length} characters`, expected);
  }
}

/** @throws ConfigError without `cert` or `key`: Node would listen, and then fail every handshake */
export function requireCertificate({ cert, key }: TlsOptions): void {
  if (cert === undefined || key === undefined) {
    const missing = cert === undefined ? 'cert' : 'key';
    throw new ConfigError([
      { path: missing, value: undefined, expected: 'PEM text: a TLS listener needs cert and key' },
    ]);
  }
}
