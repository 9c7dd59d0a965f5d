/** A supervisor with a fast policy, and what its events say. Waits fail with all that was seen, and with the server's output. */
import type { LifecycleEvent } from '../../../src/actors/supervisor/events.ts';
import type { ListeningSupervisor } from '../../../src/actors/supervisor/listening-supervisor.ts';
import { type Logger, silentLogger } from '../../../src/base/log.ts';
import type { PolicyConfig } from '../../../src/config/policy.ts';
import type { ConnectionState } from '../../../src/machines/connection.ts';
import type { ExitReason } from '../../../src/policy/exits.ts';
import { createSupervisor } from '../../../src/presets/node.ts';
import { Watch } from '../../support/watch.ts';

/** Notices a death within 1.5 s, and dials every 300 ms. */
export const fast = {
  heartbeat: { interval: 500, suspectAfter: { min: 100, max: 300 }, condemnAfter: 1000 },
  deadlines: { connect: 2000, handshake: 2000, close: 1000, provider: 2000 },
  reconnect: { backoff: { type: 'fixed', delay: 300, jitter: 'none' } },
} as const satisfies PolicyConfig;

export interface Watched {
  readonly supervisor: ListeningSupervisor;
  readonly sights: Sights;
}

/** `policy` overrides the fast one, a section at a time. */
export function watched(policy: PolicyConfig = {}, serverLog: () => string = () => ''): Watched {
  const sights = new Sights(serverLog);
  const logger: Logger = {
    ...silentLogger,
    trace: () => sights.heartbeat(),
    isLevelEnabled: (level) => level === 'trace',
    child: () => logger,
  };
  const supervisor = createSupervisor({
    ...fast,
    ...policy,
    heartbeat: { ...fast.heartbeat, ...policy.heartbeat },
    logger,
    onError: (error, where) => sights.note(`onError of ${where}: ${error}`),
  });
  supervisor.events$.subscribe((event) => sights.saw(event));
  return { supervisor, sights };
}

export class Sights extends Watch {
  /** The reasons of the incarnations that ended, oldest first. */
  readonly exits: ExitReason[] = [];
  readonly #states: ConnectionState[] = [];
  readonly #lines: string[] = [];
  readonly #serverLog: () => string;
  #heartbeats = 0;

  constructor(serverLog: () => string) {
    super();
    this.#serverLog = serverLog;
  }

  entered(state: ConnectionState): number {
    return this.#states.filter((each) => each === state).length;
  }

  /** Resolves when the condition holds, which is checked after each event. */
  sees(what: string, condition: () => boolean, ms?: number): Promise<void> {
    return this.within(this.until(condition), what, ms);
  }

  /** Resolves after as many more heartbeats were sent or received. */
  heartbeats(more: number): Promise<void> {
    const aim = this.#heartbeats + more;
    return this.sees(`${more} heartbeats`, () => this.#heartbeats >= aim);
  }

  /** Rejects with what was seen when the promise takes longer. */
  async within<T>(promise: Promise<T>, what: string, ms = 15_000): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not within ${ms} ms: ${what}\n${this.#report()}`)), ms);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  heartbeat(): void {
    this.#heartbeats++;
    this.happened();
  }

  saw(event: LifecycleEvent): void {
    this.note(JSON.stringify(event));
    if (event.event === 'state') this.#states.push(event.to);
    if (event.event === 'state' && event.to === 'closed' && event.reason) this.exits.push(event.reason);
    this.happened();
  }

  note(line: string): void {
    this.#lines.push(`${new Date().toISOString().slice(17, 23)} ${line}`);
  }

  #report(): string {
    return `${this.#lines.slice(-40).join('\n')}\nthe server printed:\n${this.#serverLog().slice(-2000)}`;
  }
}
