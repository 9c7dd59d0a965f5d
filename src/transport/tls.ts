/** TLS over TCP. `tls://host:port`. */
import { isIP } from 'node:net';
import { type ConnectionOptions, connect, createServer, type TlsOptions as ServerOptions } from 'node:tls';
import { ConfigError } from '../base/errors.ts';
import type { Transport } from '../ports/transport.ts';
import { listenForStreams } from './listening.ts';
import { adoptStream, dialStream, nameOptions, streamOptions } from './stream.ts';
import { checkHostAndPort, hostOf } from './url-checks.ts';

/**
 * As in `node:tls`. `ca` replaces the system's roots; `cert` and `key` are ours, needed for listening;
 * `servername` is what the certificate must be for, default: the host of the URL; `requestCert` makes a
 * listener demand a certificate of `ca`; `rejectUnauthorized: false` accepts any certificate, and with
 * it anybody; `handshakeTimeout` (ms, default 10 s) drops accepted peers that do not finish their handshake.
 */
export type TlsOptions = Readonly<
  Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized' | 'ALPNProtocols'> &
    Pick<ServerOptions, 'requestCert' | 'handshakeTimeout'>
>;

/** For listeners. Node's own default is two minutes, for peers that may never say a word. */
export const handshakeDefaults = { handshakeTimeout: 10_000 } as const;

/**
 * `opened` means that the handshake is done and the peer's certificate accepted. A handshake that fails
 * on a listener ends that socket, and is not reported.
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
      // Node leaves a peer whose handshake timed out connected.
      server.on('tlsClientError', (_error, socket) => socket.destroy());
      const where = { host: hostOf(url), port: Number(url.port) };
      return listenForStreams(server, 'secureConnection', url, where, sink);
    },
  };
}

/** @throws ConfigError: Node would listen, and then fail every handshake */
export function requireCertificate({ cert, key }: TlsOptions): void {
  if (cert === undefined || key === undefined) {
    const missing = cert === undefined ? 'cert' : 'key';
    throw new ConfigError([
      { path: missing, value: undefined, expected: 'PEM text: listening with TLS takes both' },
    ]);
  }
}

function connectTo(url: URL, options: TlsOptions) {
  const host = hostOf(url);
  // Addresses may not be server names (RFC 6066 section 3); Node then checks the certificate against `host`.
  const servername = options.servername ?? (isIP(host) === 0 ? host : '');
  return connect({ ...options, ...streamOptions, ...nameOptions, host, servername, port: Number(url.port) });
}
