/** The frames of the handshake of Engine.IO and Socket.IO, and what a refusal means. */
import type { Violation } from '../../ports/protocol.ts';
import { isRecord, readJson } from '../json-text.ts';

const isDuration = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY;

/** The packet `open` of Engine.IO. Milliseconds and bytes. */
export class Opened {
  readonly pingInterval: number;
  readonly pingTimeout: number;
  readonly maxPayload: number | undefined;

  constructor(pingInterval: number, pingTimeout: number, maxPayload: number | undefined) {
    this.pingInterval = pingInterval;
    this.pingTimeout = pingTimeout;
    this.maxPayload = maxPayload;
  }

  /** `undefined` when the text is no such packet. */
  static of(text: unknown): Opened | undefined {
    const open = typeof text === 'string' ? readJson(text) : undefined;
    if (!isRecord(open)) return undefined;
    const { pingInterval, pingTimeout, maxPayload } = open;
    if (!isDuration(pingInterval) || !isDuration(pingTimeout) || pingInterval + pingTimeout <= 0)
      return undefined;
    return new Opened(pingInterval, pingTimeout, isDuration(maxPayload) ? maxPayload : undefined);
  }
}

/** The namespace is connected. */
export class Connected {
  readonly sid: string;

  constructor(sid: string) {
    this.sid = sid;
  }
}

/** The namespace, or a middleware of it, refused. */
export class ConnectError {
  readonly data: unknown;

  constructor(data: unknown) {
    this.data = data;
  }
}

/**
 * A middleware refuses with an error: its message, and its `data`. `data.retryAfterMs` tells that it is no refusal of the
 * credentials.
 */
export function refusalOf(data: unknown): Violation {
  const { message, data: more } = isRecord(data) ? data : { message: data, data: undefined };
  const detail = typeof message === 'string' ? message : 'the server sent CONNECT_ERROR';
  if (detail === 'Invalid namespace') return { reason: 'bad-config', detail };
  const retryAfterMs = isRecord(more) ? more.retryAfterMs : undefined;
  return isDuration(retryAfterMs)
    ? { reason: 'going-away', detail, retryAfterMs }
    : { reason: 'unauthorized', detail };
}
