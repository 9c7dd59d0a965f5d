/** The chunks of WebSocket transports: messages, and control frames beside them. */
import type { Heartbeat } from './protocol.ts';

export type WebSocketChunk = string | Uint8Array | ControlFrame;

/** A ping or pong frame (RFC 6455 section 5.5); at most 125 bytes of payload. */
export class ControlFrame {
  readonly kind: 'ping' | 'pong';
  readonly payload: Uint8Array;

  constructor(kind: 'ping' | 'pong', payload: Uint8Array) {
    this.kind = kind;
    this.payload = payload;
  }

  /** A frame that outlives the call in which it was received. */
  copy(): ControlFrame {
    return new ControlFrame(this.kind, new Uint8Array(this.payload));
  }

  /** A frame of the peer as protocols see it that send no ping frames: its pongs match no ping of this side. */
  asHeartbeat(): Heartbeat {
    const { kind, payload } = this;
    return kind === 'ping' ? { kind, payload, answer: new ControlFrame('pong', payload) } : { kind: 'beat' };
  }
}

/**
 * Of chunks and of frames. Protocol and transport may come from two copies of the package, where `instanceof` fails, and a page
 * without control frames needs no class of them. No message of a peer has a function.
 */
export function isControl(chunk: unknown): chunk is ControlFrame {
  // To look for a property that bytes do not have costs more than to see that they are bytes.
  if (ArrayBuffer.isView(chunk)) return false;
  return typeof (chunk as Partial<ControlFrame> | null | undefined)?.asHeartbeat === 'function';
}
