/** TLS over TCP. `tls://host:port`. */
import { isIP } from 'node:net';
import { connect, type SecureContext } from 'node:tls';
import type { Transport } from '../ports/transport.ts';
import { systemClock } from '../time/clock.ts';
import { accepting } from './adopting.ts';
import { dialHost, streamOptions } from './stream.ts';
import { listenForTls } from './tls-listen.ts';
import { sharedContext, type TlsOptions } from './tls-options.ts';
import { checkHostAndPort, hostOf } from './url-checks.ts';

/**
 * TLS sockets, dialled as those of `tcp`: an address has won when its handshake is done. `opened` means that the handshake
 * is done and the peer's certificate accepted. A handshake that
 * fails on a listener destroys that socket.
 */
export function tls(options: TlsOptions = {}): Transport {
  const context = sharedContext(options);
  return {
    name: 'tls',
    schemes: ['tls'],
    provedByOpening: false,
    defaultProtocol: 'line',
    check: checkHostAndPort,
    dial: (target, sink, clock = systemClock) =>
      dialHost('secureConnect', target, options, sink, clock, (host) =>
        connectTo(host, target.url, options, context()),
      ),
    ...accepting,
    listen: (url, sink) => listenForTls(url, options, sink),
  };
}

function connectTo(host: string, url: URL, options: TlsOptions, secureContext: SecureContext) {
  const { lookup: _, ...rest } = options;
  const where = { host, port: Number(url.port), servername: serverNameOf(url, options) };
  return connect({ ...rest, ...streamOptions, ...where, secureContext });
}

/**
 * The name for SNI, and for the check of the peer's certificate: without the final dot of a name in full (RFC 6066
 * section 3). An address is no name; Node then checks the certificate against the host.
 */
export function serverNameOf(url: URL, { servername = hostOf(url) }: TlsOptions): string {
  const name = servername.replace(/\.$/, '');
  return isIP(name) === 0 ? name : '';
}
