/**
 * How other clients come back, each by the formula it publishes, at its defaults. What they do about
 * heartbeats, endpoints and timeouts is not modelled.
 */
import type { Conduct } from './conduct.ts';

/** The delay before attempt `n`, from 1; `undefined`: no more attempts. `tookMs`: how long the one before it lasted. */
type Delay = (n: number, random: () => number, tookMs: number) => number | undefined;

export interface Rival {
  readonly name: string;
  /** The delay before attempt `n`, from 1, in milliseconds. */
  readonly formula: string;
  /** Where the formula is published. */
  readonly source: string;
  readonly delay: Delay;
}

/** The table of Phoenix's client; then 5 s. */
const stepped = [10, 50, 100, 150, 200, 250, 500, 1000, 2000];
/** SignalR's `DefaultReconnectPolicy`; then it gives up. */
const fourTries = [0, 2000, 10_000, 30_000];

export const rivals: readonly Rival[] = [
  {
    name: 'socket.io',
    formula: 'min(5000, 1000 * 2 ** (n - 1) * U(0.5, 1.5)): the cap comes after the jitter',
    source: 'socket.io-client 4, lib/contrib/backo2.ts, with the defaults of lib/manager.ts',
    delay: (n, random) => Math.min(5000, 1000 * 2 ** (n - 1) * (0.5 + random())),
  },
  {
    name: 'phoenix',
    formula: '10, 50, 100, 150, 200, 250, 500, 1000, 2000, then 5000',
    source: 'phoenix 1.8, assets/js/phoenix/socket.js, reconnectAfterMs',
    delay: (n) => stepped[n - 1] ?? 5000,
  },
  {
    name: 'grpc',
    formula: '0, 1000, then min(120000, 1000 * 1.6 ** (n - 2)) * U(0.8, 1.2), from the start of the last',
    source: 'grpc, doc/connection-backoff.md',
    delay: (n, random, tookMs) => Math.max(0, grpcPause(n, random) - tookMs),
  },
  {
    name: 'mqtt',
    formula: '1000',
    source: 'mqtt 5, src/lib/client.ts, reconnectPeriod',
    delay: () => 1000,
  },
  {
    name: 'signalr',
    formula: '0, 2000, 10000, 30000, then gives up',
    source: '@microsoft/signalr 10, withAutomaticReconnect(), DefaultReconnectPolicy',
    delay: (n) => fourTries[n - 1],
  },
  {
    name: 'full-jitter',
    formula: 'U(0, min(30000, 1000 * 2 ** (n - 1)))',
    source: 'Exponential Backoff And Jitter, AWS Architecture Blog, 2015',
    delay: (n, random) => Math.min(30_000, 1000 * 2 ** (n - 1)) * random(),
  },
  {
    name: 'no-jitter',
    formula: 'min(30000, 1000 * 2 ** (n - 1))',
    source: 'binary exponential backoff as most write it',
    delay: (n) => Math.min(30_000, 1000 * 2 ** (n - 1)),
  },
];

/** Clients that behave like `rival`: each for itself. A state is the number of attempts so far. */
export function conductOfRival({ name, delay }: Rival): Conduct<number> {
  return {
    name,
    initial: 0,
    gate: undefined,
    next(attempts, _blow, tookMs, _now, random) {
      const delayMs = delay(attempts + 1, random, tookMs);
      return delayMs === undefined ? undefined : { state: attempts + 1, delayMs };
    },
    deadline: () => Number.POSITIVE_INFINITY,
  };
}

/** The first pause is 1 s without jitter, and attempt 1 has none. */
function grpcPause(n: number, random: () => number): number {
  if (n <= 2) return (n - 1) * 1000;
  return Math.min(120_000, 1000 * 1.6 ** (n - 2)) * (0.8 + 0.4 * random());
}
