/** The simulated network as transports whose every socket has a tap: streams, and WebSockets over these. */
import type { Connection } from '../../src/actors/supervisor/handle.ts';
import type { Side, Socket, SocketSink, Target, Transport } from '../../src/ports/transport.ts';
import type { WebSocketChunk } from '../../src/ports/websocket-chunk.ts';
import { types } from '../../src/sessions/wire.ts';
import type { MemoryNetwork } from '../../src/testing/network/memory.ts';
import type { MemorySocket } from '../../src/testing/network/memory-socket.ts';
import type { MemoryTransport } from '../../src/testing/network/memory-transport.ts';
import { memoryWebSockets } from '../../src/testing/network/memory-websockets.ts';
import { Tap } from './tap.ts';
import type { World } from './world.ts';

/** Whose sockets these are, and what is wrong with the network around a new one. */
export interface Party {
  /** The connection that is opening a socket now; `id` when it dials. */
  opening(id: string | undefined): Connection | undefined;
  isDisturbed(host: string, link: number): boolean;
  /** Listens, until this is called. */
  bound?: () => void;
}

/** What in the query of a URL tells whose dial it is. */
export const idKey = 'id';

const lineOrBeat = ['PING\n', '\u0000\u0001'];
/** The first byte of a ping of simulated WebSockets, and its length with an id of four bytes. */
const webSocketPing = { kind: 5, bytes: 10 };

/** The first byte of a message of simulated WebSockets. */
const webSocketBytes = 4;
const signs = { isPing: isHeartbeat, isGoodbye };

export interface Wiretap {
  readonly stream: Transport<Uint8Array>;
  /** The taps are on the streams beneath. */
  readonly webSockets: Transport<WebSocketChunk>;
}

export function wiretap(world: World, party: Party): Wiretap {
  const { transport } = world.network;
  /** The dial of a WebSocket, of which the stream beneath is told the host alone. */
  let dialling: string | undefined;
  const attach = (
    side: Side,
    host: string,
    id: string | undefined,
    sink: SocketSink<Uint8Array>,
    dialled: (sink: SocketSink<Uint8Array>) => Socket<Uint8Array>,
  ): Socket<Uint8Array> => {
    const handle = party.opening(id);
    if (handle === undefined) throw new Error(`a ${side} for nobody`);
    const others = [...world.taps].filter((tap) => tap.owner === party && tap.handle.id === handle.id);
    const { hedge } = world.settings.policy.reconnect;
    // What a hedge has dropped may still be closing, and a standby is dialled beside one that is suspect.
    const open = hedge ? others.filter(({ destroyed }) => !destroyed) : others;
    if (open.length > (hedge && handle.state === 'suspect' ? 1 : 0))
      world.violated(`${handle.id} opens a second socket`);
    const tap = new Tap(world, { side, host, owner: party, handle }, signs, sink);
    tap.inner = dialled(tap);
    tap.link = (tap.inner as MemorySocket).id;
    tap.disturbed = party.isDisturbed(host, tap.link);
    return tap;
  };
  const stream: MemoryTransport = {
    ...transport,
    listen: async (url, sink) => {
      const bound = await transport.listen(url, sink);
      party.bound = () => void bound.close();
      return bound;
    },
    dial: (target: Target, sink) =>
      attach('dial', target.url.host, idOf(target) ?? dialling, sink, (inner) =>
        transport.dial(target, inner),
      ),
    adopt: (raw, sink) => {
      const { host } = raw as MemorySocket;
      return attach('accept', host.name, undefined, sink, (inner) => transport.adopt(raw, inner));
    },
  };
  const over = memoryWebSockets({ transport: stream } as MemoryNetwork, { wall: () => world.now });
  const dial: typeof over.transport.dial = (target, sink) => {
    dialling = idOf(target);
    try {
      return over.transport.dial(target, sink);
    } finally {
      dialling = undefined;
    }
  };
  return { stream, webSockets: { ...over.transport, dial } };
}

function idOf({ url }: Target): string | undefined {
  return url.searchParams.get(idKey) ?? undefined;
}

/** A frame `bye` of a session: the header beneath has six bytes over either carrier. */
function isGoodbye(chunk: Uint8Array): boolean {
  const isMessage = chunk[0] === webSocketBytes || (chunk[0] === 0 && chunk[1] === 2);
  return isMessage && chunk[6] === types.bye;
}

/** One that asks or announces; an answer is none. */
function isHeartbeat(chunk: Uint8Array): boolean {
  if (chunk[0] === webSocketPing.kind) return chunk.byteLength === webSocketPing.bytes;
  return chunk.byteLength <= 5 && lineOrBeat.includes(new TextDecoder('latin1').decode(chunk));
}
