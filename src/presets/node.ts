/** The supervisor with Node's defaults: all transports, all protocols, pino. */
import { flightRecorder } from '../actors/incarnation/flight-recorder.ts';
import { sentence } from '../actors/supervisor/events.ts';
import { supervisorKinds } from '../actors/supervisor/kinds.ts';
import {
  createListeningSupervisor,
  type ListeningSupervisor,
} from '../actors/supervisor/listening-supervisor.ts';
import type { SupervisorOptions } from '../actors/supervisor/options.ts';
import { badConfig } from '../base/errors.ts';
import { checked, type Kinds } from '../base/options.ts';
import { resolvePolicy } from '../config/resolve.ts';
import type { AnyProtocol, AnyTransport } from '../endpoints/place.ts';
import { connectionMachine } from '../machines/connection.ts';
import { bytes } from '../protocols/bytes.ts';
import { framed } from '../protocols/framed.ts';
import { line } from '../protocols/line.ts';
import { defaultMaxMessageBytes } from '../protocols/options.ts';
import { raw } from '../protocols/raw.ts';
import { websocket } from '../protocols/websocket.ts';
import { plainMessages } from '../protocols/websocket-plain.ts';
import { unrefClock } from '../time/clock.ts';
import { deferredTransport } from '../transport/deferred-transport.ts';
import type { DialOptions } from '../transport/dial-options.ts';
import type { Lookup } from '../transport/lookups.ts';
import { tcp } from '../transport/tcp.ts';
import { tls } from '../transport/tls.ts';
import { unix } from '../transport/unix.ts';
import { checkWebSocketUrl } from '../transport/url-checks.ts';
import { imported } from './loading.ts';
import { pinoLogger } from './pino.ts';
import { loggerOf, reporting } from './reporting.ts';

/** Loaded at its first use: importing `ws` would take a fourth of the import time, and not every program uses it. */
function webSocketWith(options: DialOptions): AnyTransport {
  return deferredTransport(
    {
      name: 'websocket-ws',
      schemes: ['ws', 'wss'],
      carrier: 'messages',
      provedByOpening: true,
      defaultProtocol: 'websocket',
      check: checkWebSocketUrl,
    },
    async () => {
      const { webSocketOverWs } = await imported('ws', () => import('../transport/websocket-ws.ts'));
      return webSocketOverWs(options);
    },
  );
}

/** `tcp:`, `tls:`, `unix:`, `ws:` and `wss:`, with their default options. */
export const nodeTransports: readonly AnyTransport[] = transportsWith({});

function transportsWith(options: DialOptions): readonly AnyTransport[] {
  return [tcp(options), tls(options), unix(), webSocketWith(options)];
}

/** Protocols by the names that `protocol` options and the command line use. */
export const nodeProtocols: Readonly<Record<string, () => AnyProtocol>> = {
  raw,
  bytes,
  line,
  framed,
  websocket,
};

/** Protocol of a connection over `webSocketOver` that names none, as in browsers: messages without heartbeats. */
const plain = () => plainMessages(defaultMaxMessageBytes);

/** The options of a supervisor in Node. */
export interface NodeSupervisorOptions extends SupervisorOptions {
  /** Looks names up for the transports of the platform, in place of `dns.lookup`; see `tcp` for others. */
  readonly lookup?: Lookup;
  /**
   * Neither its timers nor the sockets that it dials keep the process alive: for an SDK whose program ends when it has
   * nothing else to do. What is sent by then may not have left: `stop()` sees to that. A lookup that is under way keeps the process until
   * the system has answered, the dial of a WebSocket to an IP address until `deadlines.connect` at most, and listeners with what they accepted as long as they are open. Not
   * together with `clock`, and without effect on the clients of `adopt`. Default false.
   */
  readonly unref?: boolean;
}

const kinds: Kinds<NodeSupervisorOptions> = { lookup: 'a function', unref: 'a boolean', ...supervisorKinds };

/**
 * A supervisor. Every option has a default: all transports and protocols, pino on standard error, the flight
 * recorder. The transports and protocols of `options` take precedence over the defaults.
 */
export function createSupervisor(given: Partial<NodeSupervisorOptions> = {}): ListeningSupervisor {
  const { lookup, unref = false, ...options } = checked('createSupervisor', given, kinds);
  const own = lookup === undefined ? nodeTransports : transportsWith({ lookup });
  if (unref && options.clock)
    throw badConfig('unref', unref, 'false beside a clock, as its timers are those of the clock');
  const logger = loggerOf(options) ?? pinoLogger();
  return createListeningSupervisor({
    resolvePolicy,
    describe: sentence,
    machine: connectionMachine,
    ...(unref && { clock: unrefClock() }),
    ...options,
    logger,
    ...reporting({ ...options, logger }),
    recorder: options.recorder === undefined ? flightRecorder() : options.recorder,
    transports: [...(options.transports ?? []), ...own],
    protocols: { ...nodeProtocols, 'websocket-text': plain, ...options.protocols },
  });
}
