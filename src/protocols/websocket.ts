/** WebSocket messages with ping and pong frames as heartbeats (RFC 6455 section 5.5). */
import { objectOf } from '../base/options.ts';
import type { Heartbeat, StatelessProtocol } from '../ports/protocol.ts';
import { ControlFrame, isControl, type WebSocketChunk } from '../ports/websocket-chunk.ts';
import { defaultMaxMessageBytes, limitRequirement, requireAll } from './options.ts';
import {
  answer,
  checkMessage,
  MessageDecoder,
  type WebSocketDialogue,
  type WebSocketMessage,
} from './websocket-messages.ts';

export interface WebSocketOptions {
  /** Limit of one message in bytes; a text counts in UTF-8. @default 16777216 (16 MiB) */
  readonly maxMessageBytes?: number;
}

const idBytes = 4;

/**
 * WebSocket messages with ping frames, which browsers cannot send. Both sides probe.
 *
 * @remarks
 * A ping carries its id as a big-endian u32. A pong with a payload of another length is unsolicited, which RFC
 * 6455 permits: it has the id 0, and answers no ping. The id in a pong comes from the peer, and may be an id that was never sent.
 */
export function websocket(
  options: WebSocketOptions = {},
): StatelessProtocol<WebSocketMessage, WebSocketMessage, WebSocketChunk> {
  const { maxMessageBytes = defaultMaxMessageBytes } = objectOf('websocket', options);
  requireAll('websocket', options, [limitRequirement(maxMessageBytes)]);
  const encode = (message: WebSocketMessage) => checkMessage('websocket', message, maxMessageBytes);
  const dialogue: WebSocketDialogue = {
    decoder: new MessageDecoder(maxMessageBytes, (text) => text),
    encode,
    ping: (id) => new ControlFrame('ping', payloadOf(id)),
    pong: answer,
    isHeartbeat: (frame) => isControl(frame) && heartbeatOf(frame),
  };
  return {
    name: 'websocket',
    identity: `websocket ${maxMessageBytes}`,
    carrier: 'messages',
    modes: { dial: 'probe', accept: 'probe' },
    standby: 'ping',
    open: () => dialogue,
    encode,
  };
}

function heartbeatOf({ kind, payload }: ControlFrame): Heartbeat {
  if (payload.length !== idBytes) return kind === 'pong' ? { kind, payload, id: 0 } : { kind, payload };
  return { kind, payload, id: viewOf(payload).getUint32(0) };
}

function payloadOf(id: number): Uint8Array {
  const payload = new Uint8Array(idBytes);
  viewOf(payload).setUint32(0, id);
  return payload;
}

function viewOf(payload: Uint8Array): DataView {
  return new DataView(payload.buffer, payload.byteOffset, payload.length);
}
