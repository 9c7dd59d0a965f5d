/** The chunks of WebSocket transports: messages, and control frames beside them. */
export type WebSocketChunk = string | Uint8Array | ControlFrame;

/** A ping or pong frame (RFC 6455 section 5.5); at most 125 bytes of payload. */
export class ControlFrame {
  readonly kind: 'ping' | 'pong';
  readonly payload: Uint8Array;

  constructor(kind: 'ping' | 'pong', payload: Uint8Array) {
    this.kind = kind;
    this.payload = payload;
  }
}

/** Protocol and transport may come from two copies of the package, where `instanceof` fails. */
export function isControl(chunk: unknown): chunk is ControlFrame {
  return typeof chunk === 'object' && (chunk as Partial<ControlFrame> | null)?.kind !== undefined;
}
