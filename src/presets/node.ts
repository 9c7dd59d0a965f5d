/** The supervisor with what Node offers: all transports, all protocols, pino. */

import { flightRecorder } from '../actors/incarnation/flight-recorder.ts';
import { sentence } from '../actors/supervisor/events.ts';
import {
  createListeningSupervisor,
  type ListeningSupervisor,
} from '../actors/supervisor/listening-supervisor.ts';
import type { SupervisorOptions } from '../actors/supervisor/options.ts';
import { resolvePolicy } from '../config/resolve.ts';
import type { AnyProtocol, AnyTransport } from '../endpoints/plan.ts';
import { framed } from '../protocols/framed.ts';
import { line } from '../protocols/line.ts';
import { raw } from '../protocols/raw.ts';
import { websocket } from '../protocols/websocket.ts';
import { deferredTransport } from '../transport/deferred-transport.ts';
import { tcp } from '../transport/tcp.ts';
import { tls } from '../transport/tls.ts';
import { unix } from '../transport/unix.ts';
import { checkWebSocketUrl } from '../transport/url-checks.ts';
import { pinoLogger } from './pino.ts';

/** A fourth of the time of importing holdfast would go into `ws`, and not every program dials one. */
const webSocket = deferredTransport(
  {
    name: 'websocket-ws',
    schemes: ['ws', 'wss'],
    carrier: 'messages',
    provedByOpening: true,
    defaultProtocol: 'websocket',
    check: checkWebSocketUrl,
  },
  async () => (await import('../transport/websocket-ws.ts')).webSocketOverWs(),
);

/** `tcp:`, `tls:`, `unix:`, `ws:` and `wss:`, with their default options. */
export const nodeTransports: readonly AnyTransport[] = [tcp(), tls(), unix(), webSocket];

/** By the names that configurations and the command line use. */
export const nodeProtocols: Readonly<Record<string, () => AnyProtocol>> = { raw, line, framed, websocket };

/**
 * A supervisor. Everything has a default: transports and protocols of Node, pino on standard error.
 * Transports and protocols that are given come before the defaults. The flight recorder is on.
 */
export function createSupervisor(options: Partial<SupervisorOptions> = {}): ListeningSupervisor {
  return createListeningSupervisor({
    resolvePolicy,
    describe: sentence,
    ...options,
    logger: options.logger ?? pinoLogger(),
    recorder: options.recorder === undefined ? flightRecorder() : options.recorder,
    transports: [...(options.transports ?? []), ...nodeTransports],
    protocols: { ...nodeProtocols, ...options.protocols },
  });
}
