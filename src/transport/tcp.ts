/** TCP: bytes in order, in the clear. `tcp://host:port`. */
import { connect, createServer } from 'node:net';
import { defined } from '../base/defined.ts';
import type { Transport } from '../ports/transport.ts';
import { systemClock } from '../time/clock.ts';
import { accepting } from './adopting.ts';
import { checkedDial, type DialOptions, dialKinds, tuneBy } from './dial-options.ts';
import { listenForStreams } from './listening.ts';
import { dialHost, streamOptions } from './stream.ts';
import { checkHostAndPort, hostOf } from './url-checks.ts';

/** The options of TCP sockets. */
export type TcpOptions = DialOptions;

/**
 * TCP sockets. The addresses of a name are dialled 1.5 s apart, or as soon as the one before has failed; the
 * first that opens is taken. The next dial begins with an address that this one did not come to.
 *
 * @throws ConfigError for options that are not acceptable, such as a key that nothing reads
 */
export function tcp(options: TcpOptions = {}): Transport {
  const checked = checkedDial('tcp', options, dialKinds);
  const { localAddress } = checked;
  const tune = tuneBy(checked);
  return {
    name: 'tcp',
    schemes: ['tcp'],
    provedByOpening: false,
    defaultProtocol: 'line',
    check: checkHostAndPort,
    dial: (target, sink, clock = systemClock) =>
      dialHost('connect', target, checked, sink, clock, (host) => {
        const where = { host, port: Number(target.url.port) };
        return connect({ ...defined({ localAddress }), ...streamOptions, ...where }).once('connect', tune);
      }),
    ...accepting(tune),
    listen: (url, sink) => {
      const server = createServer({ ...streamOptions, pauseOnConnect: true });
      return listenForStreams(server, url, { host: hostOf(url), port: Number(url.port) }, sink);
    },
  };
}
