/** The drop-in `WebSocket` with Node's defaults: `ws`, and ping frames as heartbeats. */

import { sentence } from '../actors/supervisor/events.ts';
import { policies } from '../actors/supervisor/policies.ts';
import { checkedLogger } from '../base/log.ts';
import { gates } from '../endpoints/gates.ts';
import { routes } from '../endpoints/routed-plan.ts';
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
import { reporting } from './reporting.ts';

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
  if (options.logger !== undefined) checkedLogger(options.logger);
  const { maxMessageBytes, textHeartbeat: text } = options;
  const limit = maxMessageBytes === undefined ? {} : { maxMessageBytes };
  return webSocketClass(
    { describe: sentence, ...options, ...reporting(options) },
    {
      transport: options.transport ?? webSocketOverWs(limit),
      protocol: text === undefined ? websocket(limit) : textHeartbeat(text, maxMessageBytes),
      parts: [gates, routes, policies],
      readArguments: readOptions,
    },
  );
}
