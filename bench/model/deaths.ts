/**
 * How soon a rule notices a peer that dies, in good weather. Deaths are a Poisson process, and so fall
 * anywhere between two pings. Each is only supposed: the pings go on as if nothing had happened.
 */
import { type Rtt, sampled } from '../../src/policy/rtt.ts';
import { Chance } from './chance.ts';
import { inGoodWeather, type Network } from './networks.ts';
import { Path } from './path.ts';
import { pingGap, type Rule } from './rules.ts';
import { Weather } from './weather.ts';

export interface Quantiles {
  readonly median: number;
  readonly p99: number;
}

/** Milliseconds from the death. */
export interface Detection {
  readonly suspected: Quantiles;
  readonly condemned: Quantiles;
}

const meanDistance = 60_000;

export function detection(network: Network, rule: Rule, deaths: number, seed: number): Detection {
  const calm = inGoodWeather(network);
  const path = new Path(calm, new Weather(calm, seed), seed);
  const chance = new Chance(seed, 8);
  const suspected: number[] = [];
  const condemned: number[] = [];
  let rtt: Rtt | undefined;
  let death = chance.exponential(meanDistance);
  for (let asked = 0; condemned.length < deaths; asked += pingGap(chance.uniform)) {
    const roundTrip = path.roundTrip(asked);
    // This ping is the first that the dead peer does not get.
    for (; death < asked + roundTrip / 2; death += chance.exponential(meanDistance)) {
      const verdict = asked + rule.condemnAfter(chance.uniform) - death;
      condemned.push(verdict);
      suspected.push(rule.suspectAfter === undefined ? verdict : asked + rule.suspectAfter(rtt) - death);
    }
    rtt = sampled(rtt, roundTrip);
  }
  return { suspected: quantiles(suspected), condemned: quantiles(condemned) };
}

function quantiles(values: number[]): Quantiles {
  values.sort((a, b) => a - b);
  const at = (share: number) => values[Math.floor(share * (values.length - 1))] ?? Number.NaN;
  return { median: at(0.5), p99: at(0.99) };
}
