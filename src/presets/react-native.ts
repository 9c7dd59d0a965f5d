/** The supervisor with React Native's defaults: those of a browser, all parts, and a `WebSocket` that takes headers. */
import { allParts } from '../actors/supervisor/all-parts.ts';
import { supervisorKinds } from '../actors/supervisor/kinds.ts';
import type { SupervisorOptions } from '../actors/supervisor/options.ts';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import { checked } from '../base/options.ts';
import type { Transport } from '../ports/transport.ts';
import type { WebSocketChunk } from '../ports/websocket-chunk.ts';
import {
  type StandardWebSocket,
  type WebSocketConstructor,
  webSocketOver,
} from '../transport/websocket-standard.ts';
import { createSupervisor as create } from './browser.ts';

/** React Native's class: a third argument has the headers of the upgrade. */
type MobileWebSocket = new (
  url: string,
  protocols: string[] | undefined,
  options: { readonly headers: Readonly<Record<string, string>> },
) => StandardWebSocket;

/**
 * A supervisor for `ws:` and `wss:`, with headers, and with all parts, as Metro leaves none out. The transports and protocols of `options` take precedence over the defaults.
 * Without a protocol a connection has no heartbeats and no silence verdict; see `websocketText`. Events of the network and of
 * the app's life are the app's: `signals` hands them in.
 */
export function createSupervisor(options: Partial<SupervisorOptions> = {}): Supervisor {
  const { transports = [] } = checked('createSupervisor', options, supervisorKinds);
  const { WebSocket } = globalThis as unknown as { WebSocket?: MobileWebSocket };
  const own = WebSocket === undefined ? [] : [withHeaders(WebSocket)];
  return create({ parts: allParts, ...options, transports: [...transports, ...own] });
}

function withHeaders(Mobile: MobileWebSocket): Transport<WebSocketChunk> {
  const over = (headers: Readonly<Record<string, string>> = {}) =>
    webSocketOver(
      class {
        constructor(url: string, protocols?: string[]) {
          // biome-ignore lint/correctness/noConstructorReturn: the caller gets React Native's object
          return new Mobile(url, protocols, { headers });
        }
      } as unknown as WebSocketConstructor,
    );
  return { ...over(), dial: ({ headers, ...target }, ...rest) => over(headers).dial(target, ...rest) };
}
