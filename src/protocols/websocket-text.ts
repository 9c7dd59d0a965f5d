/** WebSocket messages with a text message as heartbeat, for browsers: they have no API for ping frames. */
import { objectOf } from '../base/options.ts';
import type { StatelessProtocol } from '../ports/protocol.ts';
import type { WebSocketChunk } from '../ports/websocket-chunk.ts';
import { beatFrame, pingFrame, pongFrame } from './heartbeats.ts';
import { defaultMaxMessageBytes, isTextToken, limitRequirement, requireAll } from './options.ts';
import { badMessage } from './refusals.ts';
import { checkMessage, type WebSocketMessage } from './websocket-messages.ts';
import { plainMessages } from './websocket-plain.ts';

/** A text to equal, a pattern to find in the text, or a function that recognises the text. */
export type TextMatcher = string | RegExp | ((text: string) => boolean);

export interface WebSocketTextOptions {
  /** The text message sent as ping. */
  readonly ping: string;
  /**
   * Recognises pongs among the text messages; binary messages are never heartbeats. Only a string can also be
   * sent: with a pattern or a function, pings of the peer are recognised, not delivered, and not answered. A
   * function that throws ends the incarnation as `crashed`.
   */
  readonly pong: TextMatcher;
  /** Limit of one message in bytes; a text counts in UTF-8. @default 16777216 (16 MiB) */
  readonly maxMessageBytes?: number;
}

/**
 * WebSocket messages with text heartbeats. The dialling side probes; the accepting side listens and answers.
 *
 * @remarks
 * `ping` and `pong` may be the same text, for peers that echo: such a text counts as a pong and is not
 * answered. Control frames of the peer are heartbeats too: its pings are answered, its pongs match no ping of
 * this side. Messages equal to `ping` or `pong` are refused; messages that only a pattern or function
 * recognises are sent.
 *
 * @example
 * ```ts
 * websocketText({ ping: '{"op":"ping"}', pong: /^\{"op":"pong"/ });
 * ```
 */
export function websocketText(
  options: WebSocketTextOptions,
): StatelessProtocol<WebSocketMessage, WebSocketMessage, WebSocketChunk> {
  const { ping, pong, maxMessageBytes = defaultMaxMessageBytes } = objectOf('websocket-text', options);
  requireAll('websocket-text', options, [
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
  const encode = (message: WebSocketMessage) => {
    if (message === ping || message === pong)
      throw badMessage('websocket-text', 'it equals a heartbeat (ping or pong)');
    return checkMessage('websocket-text', message, maxMessageBytes);
  };
  const protocol = plainMessages(maxMessageBytes, {
    frameOf: (text) => {
      if (matches(pong, text)) return pongFrame;
      return text === ping ? received : text;
    },
    ping,
    pong: ({ answer = pong }) => answer as WebSocketChunk,
    encode,
  });
  return {
    ...protocol,
    name: 'websocket-text',
    identity: `websocket-text ${maxMessageBytes} ${ping} ${pong}`,
    standby: 'opening',
  };
}

/** Uses `search`: `test` with a global pattern starts at the `lastIndex` of the previous message. */
export function matches(matcher: TextMatcher, text: string): boolean {
  if (typeof matcher === 'string') return text === matcher;
  return matcher instanceof RegExp ? text.search(matcher) !== -1 : matcher(text);
}

export function isMatcher(matcher: unknown, limit: number): boolean {
  return isTextToken(matcher, limit) || matcher instanceof RegExp || typeof matcher === 'function';
}
