/** The two networks of the delay model, as data. Milliseconds. */
import type { Chance } from './chance.ts';

/** Something that comes and goes. */
export interface SpellKind {
  /** The mean time from the end of one to the start of the next; Infinity: never. */
  readonly every: number;
  length(chance: Chance): number;
  /** For outages: the share in which what is sent gets lost, rather than delivered at the end. */
  readonly lossy: number;
}

export interface Network {
  readonly name: string;
  /** Lognormal. */
  readonly rtt: { readonly median: number; readonly sigma: number };
  /** This share of pings also waits for the radio to wake up, uniformly. */
  readonly wakeUp: { readonly share: number; readonly from: number; readonly to: number };
  /** How likely a segment is lost in good weather. */
  readonly loss: number;
  /** Half of what is sent gets lost. */
  readonly bursts: SpellKind;
  readonly outages: SpellKind;
  /** What is sent waits in somebody's queue: 150 ms in the mean, exponentially. */
  readonly bufferbloat: SpellKind;
  /** Our own process does nothing. The network goes on. */
  readonly stalls: SpellKind;
}

export const burstLoss = 0.5;
export const bufferbloatMean = 150;

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

const never = lasting(Number.POSITIVE_INFINITY, () => 0);
const stalls = lasting(hour, (chance) => chance.between(1 * second, 10 * second));

export const broadband: Network = {
  name: 'broadband',
  rtt: { median: 30, sigma: 0.3 },
  wakeUp: { share: 0, from: 0, to: 0 },
  loss: 5e-4,
  bursts: lasting(5 * minute, (chance) => chance.exponential(0.3 * second)),
  outages: { every: 24 * hour, length: (chance) => chance.between(1 * second, 10 * second), lossy: 1 },
  bufferbloat: lasting(6 * hour, (chance) => chance.exponential(30 * second)),
  stalls,
};

export const mobile: Network = {
  name: 'mobile',
  rtt: { median: 80, sigma: 0.5 },
  wakeUp: { share: 0.1, from: 50, to: 400 },
  loss: 2e-3,
  bursts: lasting(2 * minute, (chance) => chance.exponential(0.5 * second)),
  outages: { every: 10 * minute, length: (chance) => chance.between(2 * second, 8 * second), lossy: 0.5 },
  bufferbloat: never,
  stalls,
};

export const networks: readonly Network[] = [broadband, mobile];

/** The same distances and ordinary losses, and nothing that comes and goes. */
export function inGoodWeather(network: Network): Network {
  return { ...network, bursts: never, outages: never, bufferbloat: never, stalls: never };
}

function lasting(every: number, length: SpellKind['length']): SpellKind {
  return { every, length, lossy: 0 };
}
