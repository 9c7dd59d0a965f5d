/**
 * From a ping to the first byte of its answer, over TCP. A lost segment is sent again after the median
 * round trip + 200 ms, then after twice that, and so on. Nothing sent later overtakes it, so further
 * probes cannot be answered earlier, and the model need not send them.
 */
import { Chance } from './chance.ts';
import { bufferbloatMean, type Network } from './networks.ts';
import type { Weather } from './weather.ts';

/** Beyond this every rule has made up its mind; and the weather is not known further ahead. */
const GIVE_UP = 40_000;

export class Path {
  readonly #network: Network;
  readonly #weather: Weather;
  readonly #chance: Chance;
  readonly #resendAfter: number;

  constructor(network: Network, weather: Weather, seed: number) {
    this.#network = network;
    this.#weather = weather;
    this.#chance = new Chance(seed, 6);
    this.#resendAfter = network.rtt.median + 200;
  }

  /** When the answer to a ping sent at `asked` arrives; Infinity: too late for anybody. */
  answered(asked: number): number {
    const half = this.roundTrip(asked) / 2;
    const there = this.#passed(asked) + half;
    return there - asked > GIVE_UP ? Number.POSITIVE_INFINITY : this.#passed(there) + half;
  }

  /** How long a ping and its answer take if neither is lost. */
  roundTrip(asked: number): number {
    const { rtt, wakeUp } = this.#network;
    let delay = this.#chance.lognormal(rtt.median, rtt.sigma);
    if (wakeUp.share > 0 && this.#chance.uniform() < wakeUp.share)
      delay += this.#chance.between(wakeUp.from, wakeUp.to);
    if (this.#weather.bufferbloat.at(asked) !== undefined) delay += this.#chance.exponential(bufferbloatMean);
    return delay;
  }

  /** When the first copy of a segment that is not lost moves. */
  #passed(sent: number): number {
    for (let copies = 0; ; copies++) {
      const at = sent + (2 ** copies - 1) * this.#resendAfter;
      if (at - sent > GIVE_UP) return Number.POSITIVE_INFINITY;
      if (this.#chance.uniform() >= this.#weather.lossAt(at)) return this.#weather.movesAt(at);
    }
  }
}
