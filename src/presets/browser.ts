/** The supervisor with a browser's defaults: its `WebSocket`, its signals, its `reportError`, and no logger. */
import { supervisorKinds } from '../actors/supervisor/kinds.ts';
import type { SupervisorOptions } from '../actors/supervisor/options.ts';
import { createSupervisor as create, type Supervisor } from '../actors/supervisor/supervisor.ts';
import { checked } from '../base/options.ts';
import { defaultMaxMessageBytes } from '../protocols/options.ts';
import { plainMessages } from '../protocols/websocket-plain.ts';
import { type WebSocketConstructor, webSocketOver } from '../transport/websocket-standard.ts';
import { browserDefaults } from './browser-defaults.ts';

const plain = () => plainMessages(defaultMaxMessageBytes);

/**
 * A supervisor for `ws:` and `wss:`. The transports and protocols of `options` take precedence over the defaults.
 * Without a protocol a connection has no heartbeats and no silence verdict; see `websocketText`.
 */
export function createSupervisor(options: Partial<SupervisorOptions> = {}): Supervisor {
  const { WebSocket } = globalThis as unknown as { WebSocket?: WebSocketConstructor };
  const own = WebSocket === undefined ? [] : [webSocketOver(WebSocket)];
  return create({
    ...browserDefaults(checked('createSupervisor', options, supervisorKinds)),
    transports: [...(options.transports ?? []), ...own],
    protocols: { 'websocket-text': plain, ...options.protocols },
  });
}
