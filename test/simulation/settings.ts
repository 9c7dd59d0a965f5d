/** The settings of a scenario: the network, the policy and the hosts drawn from a seed. */
import type { PolicyConfig } from '../../src/config/policy.ts';
import { resolvePolicy } from '../../src/config/resolve.ts';
import type { Chance } from './chance.ts';

/**
 * - `line`, `framed`: plain servers that answer, announce themselves and echo.
 * - `greeting`: a line server that greets, sometimes refuses, and acknowledges what it echoes.
 * - `slow`: a line server that often answers at the last moment, or too late.
 * - `mute`: a line server that answers once, and never again.
 * - `deaf`: accepts, and never sends a byte. `rude`: accepts, and closes at once.
 * - `held-line`, `held-framed`, `held-websocket`: listening supervisors. `adopting`: a supervisor that is handed its sockets.
 * - `nobody`: nothing listens.
 */
export type HostKind =
  | 'line'
  | 'framed'
  | 'greeting'
  | 'slow'
  | 'mute'
  | 'deaf'
  | 'rude'
  | 'held-line'
  | 'held-framed'
  | 'held-websocket'
  | 'adopting'
  | 'nobody';

export type Settings = ReturnType<typeof settingsOf>;

const common: readonly HostKind[] = ['line', 'framed', 'greeting', 'held-line', 'held-framed', 'adopting'];
const odd: readonly HostKind[] = ['slow', 'deaf', 'rude', 'nobody', 'slow', 'mute'];

export function settingsOf(chance: Chance) {
  const uplink = chance.is(0.3) ? chance.pick([8000, 16_000, 64_000]) : Number.POSITIVE_INFINITY;
  const drawn = policyOf(chance, uplink);
  const config = { ...drawn, reconnect: { ...drawn.reconnect, hedge: chance.is(0.5) } };
  const stalling = chance.is(0.5);
  const latencyMs = chance.int(1, 40);
  const jitterMs = chance.pick([0, 0, 5, 20]);
  const hosts: HostKind[] = [
    chance.pick(['line', 'greeting']),
    ...pickSome(3, common, chance),
    chance.pick(odd),
  ];
  /** The maximum a fault adds to the latency, in ms; 0 where a slow server aims at a deadline. */
  const lagMs = hosts.includes('slow') ? 0 : 20;
  return {
    latencyMs,
    jitterMs,
    /** No byte of a healthy link is under way for longer. */
    oneWayMs: latencyMs + lagMs + jitterMs,
    lagMs,
    windowBytes: chance.pick([4096, 65_536, uplink === Number.POSITIVE_INFINITY ? 4 * 2 ** 20 : 16_384]),
    /** Bytes per second towards each host. */
    uplink,
    config,
    policy: resolvePolicy(config),
    hosts,
    /** Connections of the dialling side. */
    ids: chance.int(3, 6),
    stalling,
    /** Mean time between two outside actions on the world, in ms. */
    meanGapMs: chance.pick([40, 150, 400]),
    steps: 150,
    /** Users that send much fill windows, so that writes stall. */
    talkative: chance.is(0.4),
    /** Share of callbacks in which the user makes another call. */
    mischief: chance.pick([0, 0.02, 0.1]),
  };
}

/** Generous against `oneWayMs` and slow uplinks, so that no healthy link comes near a limit; see `liveness.ts`. */
function policyOf(chance: Chance, uplink: number) {
  const slow = uplink !== Number.POSITIVE_INFINITY;
  const min = chance.int(250, 500);
  const base = chance.int(5, 200);
  const orNull = (share: number, least: number, most: number) => {
    const ms = chance.int(least, most);
    return chance.is(share) ? ms : null;
  };
  return {
    heartbeat: {
      interval: orNull(0.96, 300, 2000),
      reply: chance.is(0.93),
      suspectAfter: { min, max: min + chance.int(0, 1000) },
      condemnAfter: chance.is(0.1) ? 0 : chance.int(300, 2500),
      probes: chance.int(0, 3),
      transitMax: slow ? 30_000 : chance.int(0, 3000),
    },
    deadlines: {
      connect: chance.int(500, 2000),
      handshake: chance.int(500, 2000),
      write: slow ? 20_000 : orNull(0.9, 500, 2000),
      close: chance.int(200, 1000),
      provider: chance.int(200, 1500),
      idle: orNull(0.2, 1000, 5000),
      maxAge: orNull(0.3, 1000, 6000),
      halfClosed: orNull(0.3, 100, 6000),
    },
    gate: { enabled: chance.pick([true, true, false]) },
    endpoints: { order: chance.pick(['listed', 'shuffled']), returnToFirst: chance.is(0.5) },
    reconnect: {
      restart: chance.pick(['permanent', 'permanent', 'transient', 'temporary']),
      backoff: { base, cap: base * chance.int(1, 6), jitter: chance.pick(['full', 'equal', 'none']) },
      maxAttempts: orNull(0.2, 0, 6),
      stableAfter: chance.int(0, 3000),
    },
    outbox: {
      messages: chance.pick([1, 5, 100]),
      bytes: chance.pick([20_000, 2 ** 20]),
      age: orNull(0.3, 1, 3000),
      overflow: chance.pick(['reject', 'drop-oldest', 'drop-newest']),
    },
  } satisfies PolicyConfig;
}

function pickSome<T>(count: number, from: readonly T[], chance: Chance): T[] {
  return Array.from({ length: count }, () => chance.pick(from));
}
