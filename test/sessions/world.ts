/** Clients and servers with sessions on one simulated network, in virtual time. */
import type { LifecycleEvent } from '../../src/actors/supervisor/events.ts';
import {
  createListeningSupervisor,
  type ListeningSupervisor,
} from '../../src/actors/supervisor/listening-supervisor.ts';
import type { ConnectSpec } from '../../src/actors/supervisor/options.ts';
import { silentLogger } from '../../src/base/log.ts';
import { framed } from '../../src/protocols/framed.ts';
import type { AcceptSessionOptions } from '../../src/sessions/accept-options.ts';
import { session } from '../../src/sessions/both.ts';
import type { Arrived, Session, SessionClosed } from '../../src/sessions/handle.ts';
import type { SessionInfo, WithSession } from '../../src/sessions/info.ts';
import type { DialSessionOptions } from '../../src/sessions/options.ts';
import { type VirtualClock, virtualClock } from '../../src/testing/clock.ts';
import { type MemoryNetwork, memoryNetwork } from '../../src/testing/network/memory.ts';

/** What the application of a server saw. */
export interface Server {
  readonly supervisor: ListeningSupervisor;
  readonly sessions: Session[];
  readonly arrivals: Arrived[];
  /** Messages in the order in which handling began, those flagged with `!` at the end. */
  readonly handled: string[];
  readonly closed: SessionClosed[];
  readonly events: LifecycleEvent[];
  readonly reported: unknown[];
}

export interface Client {
  readonly supervisor: ListeningSupervisor;
  readonly events: LifecycleEvent[];
  readonly reported: unknown[];
}

export interface SessionWorld {
  readonly clock: VirtualClock;
  readonly network: MemoryNetwork;
  serve(options?: Partial<AcceptSessionOptions> & { host?: string }): Promise<Server>;
  client(): Client;
}

const policy = {
  heartbeat: { interval: '10s', condemnAfter: '10s' },
  reconnect: { backoff: { type: 'exponential', base: 100, factor: 2, cap: 2000, jitter: 'full' } },
} as const;

export function textOf(message: unknown): string {
  return typeof message === 'string' ? message : `bytes ${[...(message as Uint8Array)].join(' ')}`;
}

export function sessionWorld(seed = 1): SessionWorld {
  const clock = virtualClock({ seed });
  const network = memoryNetwork({ clock });

  function supervisorOf(reported: unknown[]): ListeningSupervisor {
    return createListeningSupervisor({
      transports: [network.transport],
      clock,
      logger: silentLogger,
      onError: (error) => reported.push(error),
      ...policy,
    });
  }

  return {
    clock,
    network,
    client() {
      const reported: unknown[] = [];
      const supervisor = supervisorOf(reported);
      const events: LifecycleEvent[] = [];
      supervisor.events$.subscribe((event) => events.push(event));
      return { supervisor, events, reported };
    },
    async serve({ host = 'server', ...options } = {}) {
      const reported: unknown[] = [];
      const supervisor = supervisorOf(reported);
      const server: Server = {
        supervisor,
        sessions: [],
        arrivals: [],
        handled: [],
        closed: [],
        events: [],
        reported,
      };
      supervisor.events$.subscribe((event) => server.events.push(event));
      const protocol = session(framed(), {
        plaintext: true,
        onSession(opened, arrived) {
          server.sessions.push(opened);
          server.arrivals.push(arrived);
          opened.onMessage = (message, { again }) => {
            server.handled.push(`${textOf(message)}${again ? '!' : ''}`);
          };
          void opened.closed.then((end) => server.closed.push(end));
        },
        ...options,
      });
      await supervisor.listen({ url: `memory://${host}`, protocol });
      return server;
    },
  };
}

/** A connection with a session, and what its application saw. */
export function dial(
  { supervisor }: Client,
  options: DialSessionOptions = {},
  spec: Omit<Partial<ConnectSpec<string | Uint8Array>>, 'protocol'> & {
    host?: string;
    consume?: boolean;
  } = {},
) {
  const { host = 'server', consume = true, ...rest } = spec;
  const handled: string[] = [];
  const connection = supervisor.connect({
    url: `memory://${host}`,
    protocol: session(framed(), options),
    ...(consume && { onMessage: (message: string | Uint8Array) => void handled.push(textOf(message)) }),
    ...rest,
  });
  return { connection, handled };
}

/** The last value of `session$`. */
export function infoOf(connection: WithSession): SessionInfo {
  const infos: SessionInfo[] = [];
  connection.session$.subscribe((info) => infos.push(info)).unsubscribe();
  return infos.at(-1) as SessionInfo;
}
