/**
 * Days of one idle connection to a live peer, ping by ping, and how often a rule is wrong about it. No
 * ping is skipped or weighted: what is rare is found by simulating enough days.
 */
import { type Rtt, sampled } from '../../src/policy/rtt.ts';
import { Chance } from './chance.ts';
import type { Network } from './networks.ts';
import { Path } from './path.ts';
import { pingGap, type Rule } from './rules.ts';
import { type Spell, Weather } from './weather.ts';

/**
 * - `never stalls`: a timer runs when it is due.
 * - `looks again`: our process stalls; a late timer first reads what arrived meanwhile.
 * - `does not look`: it stalls, and a late timer knows only what was read before the stall.
 */
export type Conduct = 'never stalls' | 'looks again' | 'does not look';

export interface Tally {
  readonly verdicts: number;
  /** Where a rule knows none, the verdicts. */
  readonly suspicions: number;
}

/** A silence that lasted too long. */
interface Expiry {
  /** From when it counts: the ping, or the end of our stall. */
  readonly since: number;
  readonly at: number;
}

/** A timer this late, in milliseconds, speaks of our own stall. */
const LATE = 50;
const DAY = 86_400_000;

export class Life {
  readonly #rule: Rule;
  readonly #conduct: Conduct;
  readonly #graces: number;
  readonly #weather: Weather;
  readonly #path: Path;
  readonly #random: () => number;
  #rtt: Rtt | undefined;
  #verdicts = 0;
  #suspicions = 0;

  /** The same network and seed are the same weather, whatever the rule. */
  constructor(network: Network, rule: Rule, conduct: Conduct, seed: number) {
    this.#rule = rule;
    this.#conduct = conduct;
    this.#graces = conduct === 'looks again' ? rule.graces : 0;
    this.#weather = new Weather(network, seed);
    this.#path = new Path(network, this.#weather, seed);
    this.#random = new Chance(seed, 7).uniform;
  }

  live(days: number): Tally {
    for (let due = pingGap(this.#random); due < days * DAY; ) {
      this.#weather.forget(due);
      due = this.#ping(this.#runsAt(due));
    }
    return { verdicts: this.#verdicts, suspicions: this.#suspicions };
  }

  /** One ping, until it is answered or its connection condemned. Returns when the next is due. */
  #ping(asked: number): number {
    const answered = this.#path.answered(asked);
    const since = this.#suspected(asked, answered);
    if (since === undefined) {
      // An answer that waited for the end of our stall is no sample.
      if (this.#runsAt(answered) === answered) this.#rtt = sampled(this.#rtt, answered - asked);
      return asked + pingGap(this.#random);
    }
    const condemned = this.#expired(since, this.#rule.condemnAfter(this.#random), answered);
    return condemned === undefined ? this.#refuted(since, answered) : this.#condemned(condemned.at);
  }

  /** From when the silence counts, if it is suspicious. */
  #suspected(asked: number, answered: number): number | undefined {
    if (this.#rule.suspectAfter === undefined) return asked;
    const suspected = this.#expired(asked, this.#rule.suspectAfter(this.#rtt), answered);
    if (suspected !== undefined) this.#suspicions++;
    return suspected?.since;
  }

  /** With ambiguous answers, one for each probe, there is no sample (Karn). */
  #refuted(since: number, answered: number): number {
    let due = since + this.#rule.lastProbe(answered - since, this.#rtt) + pingGap(this.#random);
    // A ping that joined the silence was answered with the first.
    while (due < answered) due += pingGap(this.#random);
    return due;
  }

  /** The next incarnation begins at once: the model leaves dialling out. */
  #condemned(at: number): number {
    this.#verdicts++;
    if (this.#rule.suspectAfter === undefined) this.#suspicions++;
    this.#rtt = undefined;
    return at + pingGap(this.#random);
  }

  /** When a silence since `since` has lasted for `span`; undefined if the answer was read in time. */
  #expired(since: number, span: number, answered: number): Expiry | undefined {
    for (let from = since, graces = 0; ; graces++) {
      const due = from + span;
      const stall = this.#stallAt(due);
      const at = stall?.until ?? due;
      const readUntil = this.#conduct === 'does not look' ? (stall?.from ?? due) : at;
      if (answered <= readUntil) return undefined;
      if (at - due <= LATE || graces === this.#graces) return { since: from, at };
      from = at;
    }
  }

  /** When a timer due at `time` runs, or bytes that arrive at `time` are read. */
  #runsAt(time: number): number {
    return this.#stallAt(time)?.until ?? time;
  }

  #stallAt(time: number): Spell | undefined {
    return this.#conduct === 'never stalls' ? undefined : this.#weather.stalls.at(time);
  }
}
