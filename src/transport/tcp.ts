/** TCP: bytes in order, in the clear. `tcp://host:port`. */
import { connect, createServer } from 'node:net';
import type { Transport } from '../ports/transport.ts';
import { systemClock } from '../time/clock.ts';
import { accepting } from './adopting.ts';
import type { DialOptions } from './dialling.ts';
import { listenForStreams } from './listening.ts';
import { dialHost, streamOptions } from './stream.ts';
import { checkHostAndPort, hostOf } from './url-checks.ts';

/** The options of sockets that are dialled; default: both IP versions, the kernel's choice of a local address. */
export type TcpOptions = DialOptions;

/**
 * TCP sockets without Nagle's delay. The kernel's keepalive begins after 60 s of silence, as a second line
 * behind heartbeats. The addresses of a name are dialled 1.5 s apart, or as soon as the one before has failed; the
 * first that opens is taken. The next dial begins with an address that this one did not come to.
 */
export function tcp(options: TcpOptions = {}): Transport {
  const { lookup: _, ...local } = options;
  return {
    name: 'tcp',
    schemes: ['tcp'],
    provedByOpening: false,
    defaultProtocol: 'line',
    check: checkHostAndPort,
    dial: (target, sink, clock = systemClock) =>
      dialHost('connect', target, options, sink, clock, (host) =>
        connect({ ...local, ...streamOptions, host, port: Number(target.url.port) }),
      ),
    ...accepting,
    listen: (url, sink) => {
      const server = createServer({ ...streamOptions, pauseOnConnect: true });
      return listenForStreams(server, url, { host: hostOf(url), port: Number(url.port) }, sink);
    },
  };
}
