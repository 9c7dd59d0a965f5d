/** The TLS options of transports. */
import {
  type ConnectionOptions,
  createSecureContext,
  type SecureContext,
  type TlsOptions as ServerOptions,
} from 'node:tls';
import type { DialOptions } from './dialling.ts';

/**
 * As in `node:tls`. `ca` replaces the system's roots; `cert` and `key` identify this side, and a listener
 * needs both; `servername` is the name that the peer's certificate must have, default: the host of the URL;
 * `requestCert` makes a listener demand a certificate that `ca` signed; `rejectUnauthorized: false` accepts any
 * certificate, and thereby any peer; `handshakeTimeout` (ms) drops accepted peers that do not finish their
 * handshake, default: the policy's `deadlines.handshake` alone. Dials take the options of `tcp`, too.
 */
export type TlsOptions = Readonly<
  Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized' | 'ALPNProtocols'> &
    Pick<ServerOptions, 'requestCert' | 'handshakeTimeout'> &
    DialOptions
>;

/**
 * The OpenSSL context that all dials of a transport share: Node would read certificates and key anew for each dial, which
 * takes as long as the rest of a handshake. The result throws as `createSecureContext` does.
 */
export function sharedContext(options: TlsOptions): () => SecureContext {
  let context: SecureContext | undefined;
  return () => {
    context ??= createSecureContext(options as ConnectionOptions);
    return context;
  };
}
