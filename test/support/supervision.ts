/** A supervisor on real sockets and real time, with a record of what happened to its connections. */

import { vi } from 'vitest';
import type { LifecycleEvent } from '../../src/actors/supervisor/events.ts';
import type { ListeningSupervisor } from '../../src/actors/supervisor/listening-supervisor.ts';
import type { SupervisorOptions } from '../../src/actors/supervisor/options.ts';
import { silentLogger } from '../../src/base/log.ts';
import { createSupervisor } from '../../src/presets/node.ts';
import { tcp } from '../../src/transport/tcp.ts';
import { tls } from '../../src/transport/tls.ts';
import { later } from '../transport/peers.ts';
import { Watch } from './watch.ts';
import { type WatchedSocket, watched } from './watched-transport.ts';

// Real time on a machine that has other things to do.
vi.setConfig({ testTimeout: 30_000 });

/** The fields that an event must have; other fields are ignored. */
export type Pattern = Readonly<Record<string, unknown>>;

export class EventLog extends Watch {
  readonly all: LifecycleEvent[] = [];
  /** When each of them came, in milliseconds. */
  readonly times: number[] = [];
  completed = false;

  constructor(supervisor: ListeningSupervisor) {
    super();
    supervisor.events$.subscribe({
      next: (event) => {
        this.times.push(performance.now());
        this.all.push(event);
        this.happened();
      },
      complete: () => {
        this.completed = true;
      },
    });
  }

  matching(pattern: Pattern): LifecycleEvent[] {
    return this.all.filter((event) => matches(event, pattern));
  }

  /** The n-th event of this kind, from 1; also if it was before. */
  async saw(pattern: Pattern, n = 1): Promise<LifecycleEvent> {
    const found: LifecycleEvent[] = [];
    let looked = 0;
    await this.until(() => {
      for (; looked < this.all.length; looked++) {
        const event = this.all[looked];
        if (event !== undefined && matches(event, pattern)) found.push(event);
      }
      return found.length >= n;
    });
    return found[n - 1] as LifecycleEvent;
  }

  timeOf(event: LifecycleEvent): number {
    return this.times[this.all.indexOf(event)] as number;
  }

  /** State changes so far, as `from>to:reason`. */
  states(pattern: Pattern = {}): string[] {
    return this.matching({ ...pattern, event: 'state' }).flatMap((event) =>
      event.event === 'state'
        ? [`${event.from ?? ''}>${event.to}${event.reason ? `:${event.reason}` : ''}`]
        : [],
    );
  }
}

function matches(event: LifecycleEvent, pattern: Pattern): boolean {
  return Object.entries(pattern).every(([key, value]) => Reflect.get(event, key) === value);
}

export interface Supervision {
  readonly supervisor: ListeningSupervisor;
  readonly events: EventLog;
  /** Every TCP and TLS socket it dialled or accepted. */
  readonly sockets: WatchedSocket[];
  /** The errors of `onError`, and their sources. */
  readonly reported: [error: unknown, where: string][];
}

/** Comes back at once, and does not wait long for a goodbye. Otherwise as by default. */
const calm = {
  deadlines: { close: 300 },
  reconnect: { backoff: { base: 10, cap: 20, jitter: 'none' } },
} as const;

/** Stopped at the end of the test. */
export function supervision({
  deadlines,
  transports = [],
  ...options
}: Partial<SupervisorOptions> = {}): Supervision {
  const sockets: WatchedSocket[] = [];
  const reported: Supervision['reported'] = [];
  const supervisor = createSupervisor({
    logger: silentLogger,
    onError: (error, where) => reported.push([error, where]),
    ...calm,
    ...options,
    deadlines: { ...calm.deadlines, ...deadlines },
    transports: [...transports, watched(tcp(), sockets), watched(tls(), sockets)],
  });
  later(() => supervisor.stop());
  return { supervisor, events: new EventLog(supervisor), sockets, reported };
}
