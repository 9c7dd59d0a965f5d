/** The messages of Phoenix channels that belong to users. */
import { bytesOf } from '../../base/bytes.ts';
import { isRecord } from '../json-text.ts';
import { badMessage } from '../refusals.ts';

/** A push to a topic. `phx_join` joins it, `phx_leave` leaves it. */
export interface PhoenixPush {
  readonly topic: string;
  readonly event: string;
  /** JSON, or bytes, which leave as a binary push. Default `{}`. */
  readonly payload?: unknown;
  /** Names this push in its `PhoenixReply`. The server may send none. */
  readonly key?: string | number;
}

/** The server's answer to a push of this incarnation. */
export interface PhoenixReply {
  readonly topic: string;
  readonly event: 'phx_reply';
  /** `ok`, `error`, or another text of the server. */
  readonly status: string;
  /** JSON or bytes. */
  readonly response: unknown;
  /** As in the push. */
  readonly key?: string | number;
}

/** A push or a broadcast of the server; `phx_error` and `phx_close` for a topic that has ended. */
export interface PhoenixEvent {
  readonly topic: string;
  readonly event: string;
  /** JSON or bytes. */
  readonly payload: unknown;
}

/** A message of the server. */
export type PhoenixIn = PhoenixReply | PhoenixEvent;

/** The topic of heartbeats. */
export const ofSocket = 'phoenix';

/** A message of the wire, version 2.0.0 of the serializer. */
export interface Message {
  readonly joinRef: string | null;
  readonly ref: string | null;
  readonly topic: string;
  readonly event: string;
  readonly payload: unknown;
}

/** Returns the payload, with bytes as `Uint8Array`. Throws `bad-message`. */
export function payloadOf(push: unknown): unknown {
  const problem = problemOf(push);
  if (problem !== undefined) throw badMessage('phoenix', problem);
  const { payload = {} } = push as PhoenixPush;
  return bytesOf(payload) ?? payload;
}

function problemOf(push: unknown): string | undefined {
  if (!isRecord(push)) return 'it is not an object';
  const { topic, event, payload, key } = push;
  if (typeof topic !== 'string' || topic === '' || topic === ofSocket)
    return `its topic is no text, empty or ${ofSocket}`;
  if (typeof event !== 'string' || event === '') return 'its event is no text, or empty';
  if (typeof payload === 'function' || typeof payload === 'symbol')
    return 'its payload is neither JSON nor bytes';
  return key === undefined || typeof key === 'string' || typeof key === 'number'
    ? undefined
    : 'its key is no text or number';
}
