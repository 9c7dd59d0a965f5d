/** A clock, a network and two plain peers that write down what they see: each case becomes one line. */

import type { Socket, SocketSink } from '../../../src/ports/transport.ts';
import { type VirtualClock, virtualClock } from '../../../src/testing/clock.ts';
import {
  type MemoryNetwork,
  type MemoryNetworkOptions,
  memoryNetwork,
} from '../../../src/testing/network/memory.ts';
import type { MemoryHost } from '../../../src/testing/network/memory-host.ts';
import type { MemoryLink } from '../../../src/testing/network/memory-link.ts';
import type { MemoryPeer } from '../../../src/testing/network/memory-peer.ts';

export interface World {
  readonly clock: VirtualClock;
  readonly network: MemoryNetwork;
  /** The host `server`. */
  readonly host: MemoryHost;
  /** The events of all peers and sinks, as `<ms> <who> <what>`. */
  readonly log: string[];
  /** The events since the last call. */
  news(): string[];
  note(what: string): void;
  /** Serves `server`; the accepted peers in order. */
  serve(): MemoryPeer[];
  /** Dials `server` as a plain peer that logs. */
  connect(who?: string): MemoryPeer;
  /** Dials `server` through the port, with a sink that logs each call. */
  dial(who?: string): Socket<Uint8Array>;
  sink(who: string): SocketSink<Uint8Array>;
}

export type Options = Omit<MemoryNetworkOptions, 'clock'> & { seed?: number };

export function world({ seed = 1, ...options }: Options = {}): World {
  const clock = virtualClock({ seed });
  const network = memoryNetwork({ clock, ...options });
  const log: string[] = [];
  let read = 0;
  const note = (what: string): void => void log.push(`${clock.scheduler.now()} ${what}`);
  const sink = (who: string): SocketSink<Uint8Array> => loggingSink((what) => note(`${who} ${what}`));
  return {
    clock,
    network,
    host: network.host('server'),
    log,
    note,
    sink,
    news: () => {
      const from = read;
      read = log.length;
      return log.slice(from);
    },
    serve: () => {
      const peers: MemoryPeer[] = [];
      network.serve('server', (peer) => peers.push(listenTo(peer, (what) => note(`server ${what}`))));
      return peers;
    },
    connect: (who = 'client') => listenTo(network.connect('server'), (what) => note(`${who} ${what}`)),
    dial: (who = 'client') => network.transport.dial({ url: new URL('memory://server') }, sink(who)),
  };
}

/** A world whose client is connected to `peer`, with nothing in the log. */
export function connected(
  options: Options = {},
): World & { client: MemoryPeer; peer: MemoryPeer; link: MemoryLink } {
  const made = world(options);
  const peers = made.serve();
  const client = made.connect();
  made.clock.advance(10 + 2 * (options.jitterMs ?? 0));
  made.news();
  const [peer, link] = [peers[0], made.network.links[0]];
  if (peer === undefined || link === undefined) throw new Error('the dial did not succeed');
  return { ...made, client, peer, link };
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function text(chunk: Uint8Array): string {
  return new TextDecoder().decode(chunk);
}

function listenTo(peer: MemoryPeer, note: (what: string) => void): MemoryPeer {
  peer.onOpen = () => note('open');
  peer.onData = (chunk) => note(text(chunk));
  peer.onEnd = () => note('end');
  peer.onClose = (failure) => note(failure === undefined ? 'close' : `close ${failure.reason}`);
  return peer;
}

function loggingSink(note: (what: string) => void): SocketSink<Uint8Array> {
  return {
    opened: () => note('opened'),
    received: (chunk) => note(`received ${text(chunk)}`),
    written: () => note('written'),
    ended: () => note('ended'),
    failed: ({ reason, code }) => note(`failed ${reason} ${code}`),
    closed: () => note('closed'),
  };
}
