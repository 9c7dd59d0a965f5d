/** The drop-in `WebSocket` with a browser's defaults: its own `WebSocket`, and text messages as heartbeats. */
import { policies } from '../actors/supervisor/policies.ts';
import { routes } from '../endpoints/routed-plan.ts';
import { timeLimits } from '../messages/time-limits.ts';
import { defaultMaxMessageBytes } from '../protocols/options.ts';
import { plainMessages } from '../protocols/websocket-plain.ts';
import { textHeartbeat } from '../sdk/text-heartbeat.ts';
import {
  checkedClassOptions,
  type WebSocketClass,
  type WebSocketClassOptions,
  webSocketClass,
} from '../sdk/web-socket-class.ts';
import { type WebSocketConstructor, webSocketOver } from '../transport/websocket-standard.ts';
import { browserDefaults } from './browser-defaults.ts';

/**
 * `createWebSocketClass` as in Node, except for heartbeats: without `textHeartbeat` silence is not noticed, unless
 * `heartbeat.mode` is `listen` and the server sends something once per interval.
 */
export function createWebSocketClass(given: WebSocketClassOptions = {}): WebSocketClass {
  const options = checkedClassOptions(given);
  const { maxMessageBytes = defaultMaxMessageBytes, textHeartbeat: text } = options;
  const { WebSocket } = globalThis as unknown as { WebSocket: WebSocketConstructor };
  return webSocketClass(browserDefaults(options), {
    parts: [routes, policies, timeLimits],
    transport: options.transport ?? webSocketOver(WebSocket),
    protocol: text === undefined ? plainMessages(maxMessageBytes) : textHeartbeat(text, maxMessageBytes),
  });
}
