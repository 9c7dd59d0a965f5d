/** WebSocket messages with a text message as heartbeat: for browsers, which have no API for ping frames. */
import type { Heartbeat, Protocol } from '../ports/protocol.ts';
import { ControlFrame, type WebSocketChunk } from '../ports/websocket-chunk.ts';
import { beatFrame, isSharedHeartbeat, pingFrame, pongFrame } from './heartbeats.ts';
import { defaultMaxMessageBytes, isTextToken, limitRequirement, requireAll } from './options.ts';
import { badMessage } from './refusals.ts';
import { answer, checkMessage, MessageDecoder, type WebSocketMessage } from './websocket-messages.ts';

/** The text itself, a pattern found in it, or a function that recognises it. */
export type TextMatcher = string | RegExp | ((text: string) => boolean);

export interface WebSocketTextOptions {
  /** The text message that asks. */
  readonly ping: string;
  /**
   * Recognises answers among the text messages; binary messages are never heartbeats. Only a string can
   * also be sent: with a pattern or a function, pings of the peer are taken out and not answered. A
   * function that throws ends the incarnation as `crashed`.
   */
  readonly pong: TextMatcher;
  /** Bytes of one message; of UTF-8, if it is text. @default 16777216 (16 MiB) */
  readonly maxMessageBytes?: number;
}

/**
 * The dialling side probes; the accepting side listens and answers.
 *
 * @remarks
 * `ping` and `pong` may be the same text, for peers that echo: then it counts as an answer and is not
 * answered. Control frames of the peer are heartbeats too: pings are answered, pongs answer nothing of
 * ours. Messages equal to `ping` or `pong` are refused; what a pattern or function would recognise is not.
 *
 * @example
 * ```ts
 * websocketText({ ping: '{"op":"ping"}', pong: /^\{"op":"pong"/ });
 * ```
 */
export function websocketText({
  ping,
  pong,
  maxMessageBytes = defaultMaxMessageBytes,
}: WebSocketTextOptions): Protocol<WebSocketMessage, WebSocketMessage, WebSocketChunk> {
  requireAll('websocket-text', [
    limitRequirement(maxMessageBytes),
    ['ping', ping, isTextToken(ping, maxMessageBytes), 'text within maxMessageBytes, not empty'],
    [
      'pong',
      pong,
      isMatcher(pong, maxMessageBytes),
      'text within maxMessageBytes, not empty, a RegExp or a function',
    ],
  ]);
  const received = typeof pong === 'string' ? pingFrame : beatFrame;
  const decoder = new MessageDecoder(maxMessageBytes, (text) => {
    if (matches(pong, text)) return pongFrame;
    return text === ping ? received : text;
  });
  return {
    name: 'websocket-text',
    carrier: 'messages',
    modes: { dial: 'probe', accept: 'listen' },
    decoder: () => decoder,
    encode(message) {
      if (message === ping || message === pong) throw badMessage('websocket-text', 'it equals a heartbeat');
      return checkMessage('websocket-text', message, maxMessageBytes);
    },
    ping: () => ping,
    pong: (heartbeat) =>
      heartbeat.payload === undefined && typeof pong === 'string' ? pong : answer(heartbeat),
    isHeartbeat: (frame) => (frame instanceof ControlFrame ? heartbeatOf(frame) : isSharedHeartbeat(frame)),
  };
}

/** `search` and not `test`, which would go on where a global pattern matched in the message before. */
export function matches(matcher: TextMatcher, text: string): boolean {
  if (typeof matcher === 'string') return text === matcher;
  return matcher instanceof RegExp ? text.search(matcher) !== -1 : matcher(text);
}

function heartbeatOf({ kind, payload }: ControlFrame): Heartbeat {
  return kind === 'ping' ? { kind, payload } : beatFrame;
}

export function isMatcher(matcher: unknown, limit: number): boolean {
  return isTextToken(matcher, limit) || matcher instanceof RegExp || typeof matcher === 'function';
}
