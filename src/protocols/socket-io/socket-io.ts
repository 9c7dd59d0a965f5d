/** Socket.IO, on the parsers of that project. */
import { objectOf } from '../../base/options.ts';
import type { Protocol } from '../../ports/protocol.ts';
import type { WebSocketChunk } from '../../ports/websocket-chunk.ts';
import { defaultMaxMessageBytes, limitRequirement, requireAll } from '../options.ts';
import { setParameters } from '../query.ts';
import { SocketIoDialogue, type SocketIoSettings } from './dialogue.ts';
import type { SocketIoIn, SocketIoOut } from './messages.ts';
import { packetOf } from './packet-of.ts';
import { messagesOf, sizeOf } from './packets.ts';

/** Options of `socketIo`. */
export interface SocketIoOptions {
  /** The namespace of the connection. @default '/' */
  readonly namespace?: string;
  /** Limit of one packet with its attachments, in bytes. @default 16777216 (16 MiB) */
  readonly maxMessageBytes?: number;
  /** Most binary attachments of one packet of the server. @default 10 */
  readonly maxAttachments?: number;
}

/** The server's facts about the connection: `connection.agreed`. */
export interface SocketIoAgreed {
  readonly sid: string;
  /** The server kept the session of the incarnation before, and sends the events that were missed. */
  readonly recovered: boolean;
  /** Milliseconds. */
  readonly pingInterval: number;
  /** Milliseconds. */
  readonly pingTimeout: number;
  /** Bytes of the longest message that the server takes. */
  readonly maxPayload?: number;
}

/**
 * Socket.IO 5 over Engine.IO 4 by WebSocket alone, for the dialling side, in Node and browsers. Alive once the namespace
 * is connected. Needs the packages engine.io-parser and socket.io-parser.
 *
 * @remarks
 * The server pings: it is suspected after `pingInterval` + `pingTimeout` of its `open` packet without a byte, whatever the
 * policy's interval, and condemned `heartbeat.condemnAfter` later. `credentials.handshake`, an object, is the `auth` of
 * CONNECT. A CONNECT_ERROR is `unauthorized`; `bad-config` for an invalid namespace; `going-away` where the `data` of
 * the error has a number `retryAfterMs`. `confirmed` of a receipt is settled by acknowledgements.
 *
 * @example
 * ```ts
 * supervisor.connect({ url: socketIoUrl('wss+socketio://api.example'), protocol: socketIo(), credentials: { handshake: { token } } });
 * ```
 */
export function socketIo(
  options: SocketIoOptions = {},
): Protocol<SocketIoIn, SocketIoOut, WebSocketChunk, SocketIoAgreed> {
  const {
    namespace = '/',
    maxMessageBytes = defaultMaxMessageBytes,
    maxAttachments = 10,
  } = objectOf('socket.io', options);
  requireAll('socket.io', options, [
    limitRequirement(maxMessageBytes),
    [
      'namespace',
      namespace,
      isNamespace(namespace),
      'a text that begins with / and has no comma, ? or control character',
    ],
    [
      'maxAttachments',
      maxAttachments,
      Number.isSafeInteger(maxAttachments) && maxAttachments >= 0,
      'a whole number',
    ],
  ]);
  const settings: SocketIoSettings = { namespace, maxMessageBytes, maxAttachments };
  return {
    name: 'socket.io',
    identity: `socket.io ${namespace} ${maxMessageBytes} ${maxAttachments}`,
    carrier: 'messages',
    modes: { dial: 'listen', accept: null },
    schemes: { 'ws+socketio': { over: 'ws' }, 'wss+socketio': { over: 'wss' } },
    open: (about) => new SocketIoDialogue(settings, about),
    measure: (message) => sizeOf(messagesOf(packetOf(message, namespace, 0), maxMessageBytes)),
  };
}

function isNamespace(namespace: unknown): boolean {
  return typeof namespace === 'string' && /^\/[^,?\p{Cc}]*$/u.test(namespace);
}

/**
 * The URL of a server's WebSocket: adds `EIO=4` and `transport=websocket`, and the path `/socket.io/` where `base` has
 * none. The path of `base` is that of the server, not the namespace.
 */
export function socketIoUrl(base: string | URL): string {
  const url = new URL(base);
  if (url.pathname === '' || url.pathname === '/') url.pathname = '/socket.io/';
  setParameters(url, { EIO: '4', transport: 'websocket' });
  return url.href;
}
