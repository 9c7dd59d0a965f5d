/**
 * Heartbeats beside a protocol of somebody else, for sockets without ping frames. What the library on top
 * sends and receives passes as it is, also where it looks like a heartbeat: the library may ask too.
 */

import type { Protocol } from '../ports/protocol.ts';
import type { WebSocketChunk } from '../ports/websocket-chunk.ts';
import { pongFrame } from '../protocols/heartbeats.ts';
import { defaultMaxMessageBytes, isTextToken, limitRequirement, requireAll } from '../protocols/options.ts';
import type { WebSocketMessage } from '../protocols/websocket-messages.ts';
import { plainMessages } from '../protocols/websocket-plain.ts';
import { isMatcher, matches, type TextMatcher } from '../protocols/websocket-text.ts';

export interface TextHeartbeat {
  /** The text message that makes the server send something, anything: that counts as its answer. */
  readonly ping: string;
  /**
   * Recognises answers that are to be taken out, and timed for the RTT. Default: none; all that arrives is
   * passed on. A function that throws ends the connection as `crashed`.
   */
  readonly pong?: TextMatcher;
}

const nothing = () => false;

export function textHeartbeat(
  { ping, pong = nothing }: TextHeartbeat,
  maxMessageBytes = defaultMaxMessageBytes,
): Protocol<WebSocketMessage, WebSocketMessage, WebSocketChunk> {
  requireAll('textHeartbeat', [
    limitRequirement(maxMessageBytes),
    ['ping', ping, isTextToken(ping, maxMessageBytes), 'text within maxMessageBytes, not empty'],
    ['pong', pong, isMatcher(pong, maxMessageBytes), 'text, a RegExp or a function'],
  ]);
  return {
    ...plainMessages(maxMessageBytes, (text) => (matches(pong, text) ? pongFrame : text)),
    ping: () => ping,
  };
}
