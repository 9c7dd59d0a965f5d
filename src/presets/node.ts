/** The supervisor with Node's defaults: all transports, all protocols, pino. */
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
import { reporting } from './reporting.ts';

/** Loaded at its first use: importing `ws` would take a fourth of the import time, and not every program uses it. */
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

/** Protocols by the names that `protocol` options and the command line use. */
export const nodeProtocols: Readonly<Record<string, () => AnyProtocol>> = { raw, line, framed, websocket };

/**
 * A supervisor. Every option has a default: all transports and protocols, pino on standard error, the flight
 * recorder. The transports and protocols of `options` take precedence over the defaults.
 */
export function createSupervisor(options: Partial<SupervisorOptions> = {}): ListeningSupervisor {
  const { logger = pinoLogger() } = options;
  return createListeningSupervisor({
    resolvePolicy,
    describe: sentence,
    ...options,
    logger,
    ...reporting({ ...options, logger }),
    recorder: options.recorder === undefined ? flightRecorder() : options.recorder,
    transports: [...(options.transports ?? []), ...nodeTransports],
    protocols: { ...nodeProtocols, ...options.protocols },
  });
}
