/** TLS over TCP. `tls://host:port`. */
import type { Transport } from '../ports/transport.ts';
import { systemClock } from '../time/clock.ts';
import { accepting } from './adopting.ts';
import { dialHost, streamOptions } from './stream.ts';
import { TlsDialler } from './tls-dialler.ts';
import { listenForTls } from './tls-listen.ts';
import { checkedTls, type TlsOptions } from './tls-options.ts';
import { checkHostAndPort } from './url-checks.ts';

/**
 * TLS sockets, dialled as those of `tcp`: an address has won when its handshake is done. `opened` means that the handshake
 * is done and the peer's certificate accepted. A handshake that fails on a listener destroys that socket.
 *
 * @throws ConfigError for options that are not acceptable: a key that nothing reads, a certificate that OpenSSL cannot read
 */
export function tls(options: TlsOptions = {}): Transport {
  const checked = checkedTls('tls', options);
  const dialler = new TlsDialler(checked);
  return {
    name: 'tls',
    schemes: ['tls'],
    provedByOpening: false,
    defaultProtocol: 'line',
    check: checkHostAndPort,
    dial: (target, sink, clock = systemClock) =>
      dialHost('secureConnect', target, checked, sink, clock, (host) =>
        dialler.connect({ ...streamOptions, host }, target.url, clock),
      ),
    ...accepting(dialler.tune),
    listen: (url, sink) => listenForTls(url, checked, sink),
  };
}
