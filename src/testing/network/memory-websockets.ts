/** Simulated WebSockets: the upgrade, messages, pings and close frames over a simulated network. */

import { badConfig } from '../../base/errors.ts';
import { checked, type Kinds } from '../../base/options.ts';
import type { SocketSink, Transport } from '../../ports/transport.ts';
import type { WebSocketChunk } from '../../ports/websocket-chunk.ts';
import { systemClock } from '../../time/clock.ts';
import { checkWebSocketUrl } from '../../transport/url-checks.ts';
import type { MemoryNetwork } from './memory.ts';
import type { MemoryTransport } from './memory-transport.ts';
import type { UpgradeAnswer, UpgradeRequest } from './memory-websocket-frames.ts';
import { type MemoryWebSocketPeer, WebSocketPeer } from './memory-websocket-peer.ts';
import { MemoryWebSocket } from './memory-websocket-socket.ts';

/** The transport to hand to a supervisor. */
export type MemoryWebSocketTransport = Required<
  Omit<Transport<WebSocketChunk>, 'checkAccepted' | 'peerOf' | 'isSilent' | 'requestOf'>
>;

/** Decides on an upgrade request; undefined: status 101 with the first offered subprotocol. */
export type Upgrade = (request: UpgradeRequest) => UpgradeAnswer | undefined;

/** WebSocket servers and clients within the process. */
export interface MemoryWebSockets {
  /**
   * Serves `ws:` and `wss:`, neither encrypted. The URL's host and port name the network's host, as in
   * `network.host('feed.example')`. For the protocols `websocket` and `websocketText`, and the drop-in class.
   */
  readonly transport: MemoryWebSocketTransport;
  /**
   * Accepts WebSockets as a plain peer until the returned function is called. `upgrade` may answer with another
   * status than 101, or choose a subprotocol; default: the first offered. A host has at most one server.
   */
  serve(name: string, accept: (peer: MemoryWebSocketPeer) => void, upgrade?: Upgrade): () => void;
}

/** Options of `memoryWebSockets`. */
export interface MemoryWebSocketsOptions {
  /** Returns milliseconds since the epoch, to interpret a `Retry-After` date. Default: the system's clock. */
  readonly wall?: () => number;
}

/** Makes WebSocket servers and clients within the process, with the faults of real ones. */
const kinds: Kinds<MemoryWebSocketsOptions> = { wall: 'a function' };

export function memoryWebSockets(
  network: MemoryNetwork,
  options: MemoryWebSocketsOptions = {},
): MemoryWebSockets {
  const { wall = systemClock.wall } = checked('memoryWebSockets', options, kinds);
  const stream = network?.transport;
  if (stream === undefined) throw badConfig('network', network, 'a network, as memoryNetwork() makes one');
  return {
    transport: transportOver(stream, wall),
    serve(name, accept, upgrade) {
      if (typeof accept !== 'function') throw badConfig('serve', accept, 'a function that gets each peer');
      const bound = stream.listen(machineOf(new URL(`ws://${name}`)), {
        accepted: (raw) => {
          const peer = new WebSocketPeer((sink) => acceptedBy(stream, raw, sink, upgrade));
          peer.onOpen = () => accept(peer);
        },
        failed: () => {},
      });
      return () => void bound.then(({ close }) => close());
    },
  };
}

function transportOver(stream: MemoryTransport, wall: () => number): MemoryWebSocketTransport {
  return {
    name: 'memory-websocket',
    schemes: ['ws', 'wss'],
    carrier: 'messages',
    provedByOpening: true,
    defaultProtocol: 'websocket',
    check: checkWebSocketUrl,
    dial: ({ url, protocols = [], headers = {}, dialler }, sink) => {
      const role = { side: 'dial', request: { url: url.href, protocols, headers }, dialler, wall } as const;
      return new MemoryWebSocket(role, sink, (end) => stream.dial({ url: machineOf(url) }, end));
    },
    adopt: (raw, sink) => acceptedBy(stream, raw, sink),
    listen: async (url, sink) => {
      const { close } = await stream.listen(machineOf(url), sink);
      return { url: url.href, close };
    },
  };
}

function acceptedBy(
  stream: MemoryTransport,
  raw: unknown,
  sink: SocketSink<WebSocketChunk>,
  upgrade: Upgrade = () => undefined,
): MemoryWebSocket {
  const judge = (request: UpgradeRequest) => upgrade(request) ?? welcome(request);
  return new MemoryWebSocket({ side: 'accept', judge }, sink, (end) => stream.adopt(raw, end));
}

function welcome({ protocols: [protocol] }: UpgradeRequest): UpgradeAnswer {
  return { status: 101, ...(protocol !== undefined && { protocol }) };
}

function machineOf({ host }: URL): URL {
  return new URL(`memory://${host}`);
}
