/** Listening with TLS: the port itself, and the certificate, also that of HTTPS. */
import { createServer, type Server } from 'node:tls';
import { defined } from '../base/defined.ts';
import { ConfigError } from '../base/errors.ts';
import type { AcceptSink, Bound, Certificate } from '../ports/transport.ts';
import { Handshakes } from './handshakes.ts';
import { boundUrl, ignore, offer, startListening, stopAccepting } from './listening.ts';
import { checkCertificates } from './tls-material.ts';
import type { TlsOptions } from './tls-options.ts';
import { hostOf } from './url-checks.ts';

export async function listenForTls(url: URL, options: TlsOptions, sink: AcceptSink): Promise<Bound> {
  requireCertificate(options);
  const server = createServer(servingOptions(options, sink));
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
 * What a server of TLS or HTTPS takes. Node's own default for a handshake is 120 s, too long to hold sockets of peers
 * that send nothing; a sink that owns arrivals has a deadline of its own.
 */
export function servingOptions(options: TlsOptions, sink: AcceptSink) {
  const handshakeTimeout = options.handshakeTimeout ?? (sink.arrived === undefined ? 10_000 : 2 ** 31 - 1);
  const { requestCert, rejectUnauthorized, ALPNProtocols } = options;
  return {
    ...secretsOf(options),
    ...defined({ requestCert, rejectUnauthorized, ALPNProtocols, handshakeTimeout }),
  };
}

function secretsOf({ ca, cert, key, pfx, passphrase, minVersion, maxVersion, ciphers }: TlsOptions) {
  return defined({ ca, cert, key, pfx, passphrase, minVersion, maxVersion, ciphers });
}

/** For a `tls.Server`, also below HTTP. Throws `ConfigError`, with the old certificate kept. Open sockets keep theirs. */
export function replaceCertificate(server: Server, options: TlsOptions, certificate: Certificate): void {
  // Node takes any bytes, its types only those of `Buffer`.
  const { cert, key } = certificate as { cert: Buffer; key: Buffer };
  const { pfx: _, ...kept } = secretsOf(options);
  checkCertificates({ ...defined({ passphrase: options.passphrase }), cert, key });
  server.setSecureContext({ ...kept, cert, key });
}

/** @throws ConfigError without a certificate: Node would listen, and then fail every handshake */
export function requireCertificate({ cert, pfx }: TlsOptions): void {
  if (cert === undefined && pfx === undefined) {
    throw new ConfigError([
      { path: 'cert', value: undefined, expected: 'PEM text: a TLS listener needs cert and key, or pfx' },
    ]);
  }
}
