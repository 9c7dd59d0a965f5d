/** WebSocket messages without heartbeats of this side: the abilities of a browser's own `WebSocket`. */
import type { Protocol } from '../ports/protocol.ts';
import { ControlFrame, type WebSocketChunk } from '../ports/websocket-chunk.ts';
import { beatFrame, isSharedHeartbeat } from './heartbeats.ts';
import { answer, checkMessage, MessageDecoder, type WebSocketMessage } from './websocket-messages.ts';

/**
 * Pings of the peer are answered where the transport reports them. The peer's silence counts only where
 * `heartbeat.mode` is `listen`. `frameOf` returns the frame of a text: itself or one of the shared heartbeats.
 */
export function plainMessages(
  maxMessageBytes: number,
  frameOf: (text: string) => unknown = (text) => text,
): Protocol<WebSocketMessage, WebSocketMessage, WebSocketChunk> {
  const decoder = new MessageDecoder(maxMessageBytes, frameOf);
  return {
    name: 'websocket',
    carrier: 'messages',
    modes: { dial: 'probe', accept: 'listen' },
    decoder: () => decoder,
    encode: (message) => checkMessage('websocket', message, maxMessageBytes),
    pong: answer,
    isHeartbeat(frame) {
      if (!(frame instanceof ControlFrame)) return isSharedHeartbeat(frame);
      return frame.kind === 'ping' ? { kind: 'ping', payload: frame.payload } : beatFrame;
    },
  };
}
