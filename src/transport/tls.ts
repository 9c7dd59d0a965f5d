/** TLS over TCP. `tls://host:port`. */
import { isIP } from 'node:net';
import { type ConnectionOptions, connect, createServer, type TlsOptions as ServerOptions } from 'node:tls';
import { ConfigError } from '../base/errors.ts';
import type { Transport } from '../ports/transport.ts';
import { listenForStreams } from './listening.ts';
import { adoptStream, dialStream, nameOptions, streamOptions } from './stream.ts';
import { checkHostAndPort, hostOf } from './url-checks.ts';

/**
 * As in `node:tls`. `ca` replaces the system's roots; `cert` and `key` identify this side, and a listener
 * needs both; `servername` is the name that the peer's certificate must have, default: the host of the URL;
 * `requestCert` makes a listener demand a certificate that `ca` signed; `rejectUnauthorized: false` accepts any
 * certificate, and thereby any peer; `handshakeTimeout` (ms, default 10 s) drops accepted peers that do not
 * finish their handshake.
 */
export type TlsOptions = Readonly<
  Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized' | 'ALPNProtocols'> &
    Pick<ServerOptions, 'requestCert' | 'handshakeTimeout'>
>;

/** For listeners. Node's own default is 120 s, too long to hold sockets of peers that send nothing. */
export const handshakeDefaults = { handshakeTimeout: 10_000 } as const;

/**
 * TLS sockets; `opened` means that the handshake is done and the peer's certificate accepted. A handshake that
 * fails on a listener destroys that socket and is not reported.
 */
export function tls(options: TlsOptions = {}): Transport {
  return {
    name: 'tls',
    schemes: ['tls'],
    provedByOpening: false,
    defaultProtocol: 'line',
    check: checkHostAndPort,
    dial: ({ url }, sink) => dialStream('secureConnect', sink, () => connectTo(url, options)),
    adopt: adoptStream,
    listen: async (url, sink) => {
      requireCertificate(options);
      const server = createServer({ ...handshakeDefaults, ...options, ...streamOptions });
      // Node itself leaves the socket open when the handshake times out.
      server.on('tlsClientError', (_error, socket) => socket.destroy());
      const where = { host: hostOf(url), port: Number(url.port) };
      return listenForStreams(server, 'secureConnection', url, where, sink);
    },
  };
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

function connectTo(url: URL, options: TlsOptions) {
  const servername = serverNameOf(url, options);
  const where = { host: hostOf(url), port: Number(url.port), servername };
  return connect({ ...options, ...streamOptions, ...nameOptions, ...where });
}

/**
 * The name for SNI, and for the check of the peer's certificate: without the final dot of a name in full (RFC 6066
 * section 3). An address is no name; Node then checks the certificate against the host.
 */
export function serverNameOf(url: URL, { servername = hostOf(url) }: TlsOptions): string {
  const name = servername.replace(/\.$/, '');
  return isIP(name) === 0 ? name : '';
}
