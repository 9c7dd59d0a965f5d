/**
 * Reconnect delays of other clients by their published formulas, at their defaults. Their heartbeats, endpoints and
 * timeouts are not modelled.
 */
import type { ClientBehavior } from './behavior.ts';

/** The delay in milliseconds before attempt `n`, from 1; `undefined`: no more attempts. `tookMs`: duration of the last attempt. */
type Delay = (n: number, random: () => number, tookMs: number) => number | undefined;

export interface KnownClient {
  readonly name: string;
  /** The delay before attempt `n`, from 1, in milliseconds. */
  readonly formula: string;
  /** The publication of the formula. */
  readonly source: string;
  readonly delay: Delay;
}

/** The delays of Phoenix's client in milliseconds; then 5 s. */
const phoenixDelays = [10, 50, 100, 150, 200, 250, 500, 1000, 2000];
/** The delays of SignalR's `DefaultReconnectPolicy` in milliseconds; then it gives up. */
const signalrDelays = [0, 2000, 10_000, 30_000];

export const knownClients: readonly KnownClient[] = [
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
    delay: (n) => phoenixDelays[n - 1] ?? 5000,
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
    delay: (n) => signalrDelays[n - 1],
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
    source: 'plain binary exponential backoff',
    delay: (n) => Math.min(30_000, 1000 * 2 ** (n - 1)),
  },
];

/** Clients with the delays of a known client, without a gate. The state is the number of attempts so far. */
export function behaviorOfKnown({ name, delay }: KnownClient): ClientBehavior<number> {
  return {
    name,
    initial: 0,
    gate: undefined,
    next(attempts, _failure, tookMs, _now, random) {
      const delayMs = delay(attempts + 1, random, tookMs);
      return delayMs === undefined ? undefined : { state: attempts + 1, delayMs };
    },
    deadline: () => Number.POSITIVE_INFINITY,
  };
}

/** Milliseconds between the starts of attempts: none before the first, then 1 s without jitter. */
function grpcPause(n: number, random: () => number): number {
  if (n <= 2) return (n - 1) * 1000;
  return Math.min(120_000, 1000 * 1.6 ** (n - 2)) * (0.8 + 0.4 * random());
}
