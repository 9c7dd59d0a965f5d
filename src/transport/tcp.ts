/** TCP: bytes in order, in the clear. `tcp://host:port`. */
import { connect, createServer } from 'node:net';
import type { Transport } from '../ports/transport.ts';
import { listenForStreams } from './listening.ts';
import { accepting, dialStream, nameOptions, streamOptions } from './stream.ts';
import { checkHostAndPort, hostOf } from './url-checks.ts';

export interface TcpOptions {
  /** Only addresses of this IP version; default: both, the first that answers. */
  readonly family?: 4 | 6;
  /** Local address to dial from; default: the kernel's choice. */
  readonly localAddress?: string;
}

/**
 * TCP sockets without Nagle's delay. The kernel's keepalive begins after 60 s of silence, as a second line
 * behind heartbeats. The addresses of a name are tried one after another, each for 1 s, the last without a
 * limit of its own.
 */
export function tcp(options: TcpOptions = {}): Transport {
  return {
    name: 'tcp',
    schemes: ['tcp'],
    provedByOpening: false,
    defaultProtocol: 'line',
    check: checkHostAndPort,
    dial: ({ url }, sink) =>
      dialStream('connect', sink, () =>
        connect({ ...options, ...streamOptions, ...nameOptions, host: hostOf(url), port: Number(url.port) }),
      ),
    ...accepting,
    listen: (url, sink) => {
      const server = createServer({ ...streamOptions, pauseOnConnect: true });
      return listenForStreams(server, url, { host: hostOf(url), port: Number(url.port) }, sink);
    },
  };
}
