/**
 * Text heartbeats beneath the protocol of another library, for sockets without ping frames. Messages of the library
 * pass unchanged, even those that equal a heartbeat: the library may send the same ping.
 */

import { objectOf } from '../base/options.ts';
import type { StatelessProtocol } from '../ports/protocol.ts';
import type { WebSocketChunk } from '../ports/websocket-chunk.ts';
import { pongFrame } from '../protocols/heartbeats.ts';
import { defaultMaxMessageBytes, isTextToken, requireAll } from '../protocols/options.ts';
import type { WebSocketMessage } from '../protocols/websocket-messages.ts';
import { plainMessages } from '../protocols/websocket-plain.ts';
import { isMatcher, matches, type TextMatcher } from '../protocols/websocket-text.ts';

/** Heartbeats that are text messages. */
export interface TextHeartbeat {
  /** A text message that makes the server send a message; any message counts as its answer. */
  readonly ping: string;
  /**
   * Recognises answers, which are not delivered and are timed for the RTT. Default: none; all messages are
   * delivered. A function that throws ends the connection as `crashed`.
   */
  readonly pong?: TextMatcher;
}

const noMatch = () => false;

export function textHeartbeat(
  options: TextHeartbeat,
  maxMessageBytes = defaultMaxMessageBytes,
): StatelessProtocol<WebSocketMessage, WebSocketMessage, WebSocketChunk> {
  const { ping, pong = noMatch } = objectOf('textHeartbeat', options);
  requireAll('textHeartbeat', options, [
    ['ping', ping, isTextToken(ping, maxMessageBytes), 'text within maxMessageBytes, not empty'],
    ['pong', pong, isMatcher(pong, maxMessageBytes), 'text, a RegExp or a function'],
  ]);
  const frameOf = (text: string) => (matches(pong, text) ? pongFrame : text);
  return plainMessages(maxMessageBytes, { frameOf, ping });
}
