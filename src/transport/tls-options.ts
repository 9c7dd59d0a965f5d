/** The TLS options of transports. */
import {
  type ConnectionOptions,
  createSecureContext,
  type SecureContext,
  type TlsOptions as ServerOptions,
} from 'node:tls';
import { badConfig } from '../base/errors.ts';
import type { Kind, Kinds } from '../base/options.ts';
import { checkedDial, type DialOptions, dialKinds } from './dial-options.ts';
import { checkCertificates, checkList } from './tls-material.ts';

/** As in `node:tls`, whose defaults hold where none is named. The version, `ciphers` and certificates serve a listener, too. */
export interface TlsOptions extends DialOptions {
  /** Certificates as PEM that are trusted in place of the system's roots. A listener needs them for `requestCert`. */
  readonly ca?: ConnectionOptions['ca'];
  /** The certificate chain of this side, as PEM, with `key`. A listener needs both, or `pfx`. */
  readonly cert?: ConnectionOptions['cert'];
  /** The private key of `cert`, as PEM. */
  readonly key?: ConnectionOptions['key'];
  /** Both in one archive, as PKCS #12, in place of `cert` and `key`. */
  readonly pfx?: ConnectionOptions['pfx'];
  /** Opens `pfx` or `key`. */
  readonly passphrase?: string;
  /** The name that the peer's certificate must have, and that SNI asks for. Default: the host of the URL. */
  readonly servername?: string;
  /** `false` accepts any certificate, and thereby any peer. Default true. */
  readonly rejectUnauthorized?: boolean;
  /**
   * Decides in place of `tls.checkServerIdentity` about a certificate that `ca` or a root has signed: an `Error` refuses it. It decides at once:
   * a promise, an exception and any value but `undefined` refuse it, too. The exit is `certificate`, with the error's text.
   */
  readonly checkServerIdentity?: ConnectionOptions['checkServerIdentity'];
  /** The protocols that this side offers inside TLS, in order of preference. Default: none. */
  readonly ALPNProtocols?: ConnectionOptions['ALPNProtocols'];
  /** The oldest version of TLS: `TLSv1`, `TLSv1.1`, `TLSv1.2` or `TLSv1.3`. Default: that of Node, `TLSv1.2`. */
  readonly minVersion?: (typeof versions)[number];
  /** The newest version of TLS. Default: that of Node, `TLSv1.3`. */
  readonly maxVersion?: (typeof versions)[number];
  /** The cipher suites, as OpenSSL lists them. Default: those of Node. */
  readonly ciphers?: string;
  /**
   * Whether a dial offers the session of the last connection to the same host and port, so that neither side signs or
   * verifies a certificate anew. Only sessions of accepted certificates are kept, until the first of the chain expires. Default true.
   */
  readonly sessionResumption?: boolean;
  /** A listener demands a certificate that `ca` has signed. Default false. */
  readonly requestCert?: boolean;
  /** Milliseconds until a listener drops a peer that has not finished its handshake. Default: `deadlines.handshake` alone. */
  readonly handshakeTimeout?: ServerOptions['handshakeTimeout'];
}

const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;

export const tlsKinds: Kinds<TlsOptions> = {
  ca: 0,
  cert: 0,
  key: 0,
  pfx: 0,
  passphrase: 'a string',
  servername: 'a string',
  rejectUnauthorized: 'a boolean',
  checkServerIdentity: 'a function',
  ALPNProtocols: 'a list or an object',
  minVersion: 0,
  maxVersion: 0,
  ciphers: 'a string',
  sessionResumption: 'a boolean',
  requestCert: 'a boolean',
  handshakeTimeout: 'a number',
  ...dialKinds,
};

/** A copy of the options. Throws `ConfigError`, also for certificates and keys that cannot be read. */
export function checkedTls<T extends TlsOptions>(
  at: string,
  given: T,
  kinds: Readonly<Record<string, Kind>> = tlsKinds,
): T {
  const options = checkedDial(at, given, kinds);
  const { ALPNProtocols, handshakeTimeout = 1 } = options;
  checkVersions(options);
  if (Array.isArray(ALPNProtocols))
    checkList('ALPNProtocols', ALPNProtocols, 'names of 1 to 255 bytes', isName);
  if (!(handshakeTimeout >= 1 && handshakeTimeout < 2 ** 31))
    throw badConfig('handshakeTimeout', handshakeTimeout, 'milliseconds from 1 to 2147483647');
  checkCertificates(options);
  return options;
}

function isName(name: string | Uint8Array): boolean {
  const bytes = typeof name === 'string' ? Buffer.byteLength(name) : name.length;
  return bytes >= 1 && bytes <= 255;
}

function checkVersions({ minVersion, maxVersion }: TlsOptions): void {
  for (const [path, version] of Object.entries({ minVersion, maxVersion })) {
    if (version !== undefined && !versions.includes(version))
      throw badConfig(path, version, `one of ${versions.join(', ')}`);
  }
  if (minVersion && maxVersion && versions.indexOf(minVersion) > versions.indexOf(maxVersion))
    throw badConfig('minVersion', minVersion, `at most maxVersion, which is ${maxVersion}`);
}

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
