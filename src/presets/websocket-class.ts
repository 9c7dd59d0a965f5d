/** The drop-in `WebSocket` with Node's defaults: `ws`, and ping frames as heartbeats. */

import { recordings } from '../actors/incarnation/recordings.ts';
import { streams } from '../actors/incarnation/streams.ts';
import { sentence } from '../actors/supervisor/events.ts';
import { policies } from '../actors/supervisor/policies.ts';
import { gates } from '../endpoints/gates.ts';
import { routes } from '../endpoints/routed-plan.ts';
import { timeLimits } from '../messages/time-limits.ts';
import { websocket } from '../protocols/websocket.ts';
import { readOptions } from '../sdk/socket-options.ts';
import { textHeartbeat } from '../sdk/text-heartbeat.ts';
import {
  checkedClassOptions,
  type WebSocketClass,
  type WebSocketClassOptions,
  webSocketClass,
} from '../sdk/web-socket-class.ts';
import { webSocketOverWs } from '../transport/websocket-ws.ts';
import { loggerOf, reporting } from './reporting.ts';

/**
 * A class with the interface of the standard `WebSocket`, for libraries that take one.
 *
 * @remarks
 * Its sockets share a supervisor: heartbeats, deadlines and the policy are those of `connect`. `error` and
 * `close` fire as in browsers. Without a close frame of the server the code is 1006, and `reason` is the exit
 * reason, such as `heartbeat-timeout`. The platform reports an exception in a listener, as with any `EventTarget`;
 * in Node it is uncaught.
 *
 * @throws ConfigError
 */
export function createWebSocketClass(given: WebSocketClassOptions = {}): WebSocketClass {
  const options = checkedClassOptions(given);
  const { maxMessageBytes, textHeartbeat: text } = options;
  const limit = maxMessageBytes === undefined ? {} : { maxMessageBytes };
  const logger = loggerOf(options);
  const logging = logger && { logger };
  return webSocketClass(
    { describe: sentence, ...options, ...logging, ...reporting({ ...options, ...logging }) },
    {
      transport: options.transport ?? webSocketOverWs(limit),
      protocol: text === undefined ? websocket(limit) : textHeartbeat(text, maxMessageBytes),
      parts: [gates, routes, policies, recordings, streams, timeLimits],
      readArguments: readOptions,
    },
  );
}
