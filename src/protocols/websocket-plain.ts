/** WebSocket messages without ping frames of this side: the abilities of a browser's own `WebSocket`. */
import type { Heartbeat, StatelessProtocol } from '../ports/protocol.ts';
import { isControl, type WebSocketChunk } from '../ports/websocket-chunk.ts';
import { isSharedHeartbeat } from './heartbeats.ts';
import {
  checkMessage,
  MessageDecoder,
  type WebSocketDialogue,
  type WebSocketMessage,
} from './websocket-messages.ts';

/** Options of a page's messages beside their limit. */
export interface PlainOptions {
  /** The frame of a text: itself or one of the shared heartbeats. */
  readonly frameOf?: (text: string) => unknown;
  /** A text that is sent as ping. Default: none, and the mode is `listen` or none. */
  readonly ping?: string;
  /** The answer to a ping. Default: a pong frame. */
  readonly pong?: (ping: Heartbeat) => WebSocketChunk;
  /** Throws for a message that cannot be sent. Default: one that is over the limit, and neither text nor bytes. */
  readonly encode?: (message: WebSocketMessage) => WebSocketMessage;
}

/**
 * Pings of the peer are answered where the transport reports them. Without a ping the peer's silence counts only where
 * `heartbeat.mode` is `listen`.
 */
export function plainMessages(
  maxMessageBytes: number,
  {
    frameOf = (text) => text,
    ping,
    pong = ({ answer }) => answer as WebSocketChunk,
    encode = (message) => checkMessage('websocket', message, maxMessageBytes),
  }: PlainOptions = {},
): StatelessProtocol<WebSocketMessage, WebSocketMessage, WebSocketChunk> {
  const dialogue: WebSocketDialogue = {
    decoder: new MessageDecoder(maxMessageBytes, frameOf),
    encode,
    ...(ping !== undefined && { ping: () => ping }),
    pong,
    isHeartbeat: (frame) => (isControl(frame) ? frame.asHeartbeat() : isSharedHeartbeat(frame)),
  };
  return {
    name: 'websocket',
    carrier: 'messages',
    modes: { dial: ping === undefined ? null : 'probe', accept: 'listen' },
    open: () => dialogue,
    encode,
  };
}
