/** What comes and goes on one connection. Drawn when first asked for, and forgotten once it has passed. */
import { Chance } from './chance.ts';
import { burstLoss, type Network, type SpellKind } from './networks.ts';

export interface Spell {
  readonly from: number;
  readonly until: number;
  /** For outages: what is sent gets lost, rather than delivered at the end. */
  readonly lossy: boolean;
}

/** One kind of spell. The next begins an exponential time after the last has ended. */
class Spells {
  readonly #kind: SpellKind;
  readonly #chance: Chance;
  readonly #known: Spell[] = [];
  #drawnUntil = 0;
  /** Nothing before this time. Nearly every question ends here. */
  #calmUntil = 0;

  constructor(kind: SpellKind, chance: Chance) {
    this.#kind = kind;
    this.#chance = chance;
    this.#draw();
  }

  at(time: number): Spell | undefined {
    if (time < this.#calmUntil) return undefined;
    while (this.#drawnUntil <= time) this.#draw();
    return this.#known.find(({ from, until }) => from <= time && time < until);
  }

  /** Nobody will ask for a time before `now`. */
  forget(now: number): void {
    if (now < this.#calmUntil) return;
    while (this.#drawnUntil <= now) this.#draw();
    while ((this.#known[0]?.until ?? now + 1) <= now) this.#known.shift();
    this.#calmUntil = this.#known[0]?.from ?? now;
  }

  #draw(): void {
    const from = this.#drawnUntil + this.#chance.exponential(this.#kind.every);
    const until = from + this.#kind.length(this.#chance);
    this.#known.push({ from, until, lossy: this.#chance.uniform() < this.#kind.lossy });
    this.#drawnUntil = until;
    this.#calmUntil = this.#known[0]?.from ?? from;
  }
}

export class Weather {
  readonly stalls: Spells;
  readonly bufferbloat: Spells;
  readonly #loss: number;
  readonly #bursts: Spells;
  readonly #outages: Spells;

  constructor(network: Network, seed: number) {
    this.#loss = network.loss;
    this.stalls = new Spells(network.stalls, new Chance(seed, 1));
    this.bufferbloat = new Spells(network.bufferbloat, new Chance(seed, 2));
    this.#bursts = new Spells(network.bursts, new Chance(seed, 3));
    this.#outages = new Spells(network.outages, new Chance(seed, 4));
  }

  forget(now: number): void {
    this.stalls.forget(now);
    this.bufferbloat.forget(now);
    this.#bursts.forget(now);
    this.#outages.forget(now);
  }

  /** How likely a segment sent at this time is lost. */
  lossAt(time: number): number {
    if (this.#outages.at(time)?.lossy) return 1;
    return this.#bursts.at(time) === undefined ? this.#loss : 1 - (1 - this.#loss) * (1 - burstLoss);
  }

  /** When a segment sent at this time, and not lost, begins to move. */
  movesAt(time: number): number {
    return this.#outages.at(time)?.until ?? time;
  }
}
