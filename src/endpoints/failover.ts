/** Which of several endpoints is dialled next. */
import type { EndpointsPolicy } from '../config/policy.ts';
import { forgiven, type Standing, unknownStanding } from '../policy/classes.ts';
import type { RoutePlace } from './schemes.ts';

export class Failover {
  readonly #places: readonly RoutePlace[];
  #at = 0;
  /** The record of each place, by its index. */
  #standings: Standing[];

  /** `places` has at least one. */
  constructor(places: readonly RoutePlace[], { order }: EndpointsPolicy, random: () => number) {
    this.#places = order === 'shuffled' ? shuffled(places, random) : places;
    this.#standings = places.map(() => unknownStanding);
  }

  get current(): RoutePlace {
    return this.#places[this.#at] as RoutePlace;
  }

  get standing(): Standing {
    return this.#standings[this.#at] as Standing;
  }

  set standing(standing: Standing) {
    this.#standings[this.#at] = standing;
  }

  /** Whether each other place gave a fatal answer to its last dial. */
  get othersRefused(): boolean {
    return this.#standings.every(({ refused }, index) => refused || index === this.#at);
  }

  /** Forgets the refusals of all places. */
  forgive(): void {
    this.#standings = this.#standings.map(forgiven);
  }

  /** The same list for a dial beside the current one, which is of the next place. */
  beside(): Failover {
    const listed = { order: 'listed', returnToFirst: false } as const;
    const beside = new Failover(this.#places, listed, () => 0);
    beside.#at = this.#indexAfter(false, listed);
    return beside;
  }

  /** The dial of the other list is the one of this list from here on. */
  take(beside: Failover): void {
    this.#at = beside.#at;
  }

  /** Goes on to the next that is not closed. Returns false, and stays, when there is none. */
  skip(closed: (key: string) => boolean): boolean {
    const { length } = this.#places;
    for (let step = 1; step < length; step++) {
      const at = (this.#at + step) % length;
      if (closed((this.#places[at] as RoutePlace).endpointKey)) continue;
      this.#at = at;
      return true;
    }
    return false;
  }

  /** An incarnation ended: one that was `stable` says nothing against its endpoint. */
  onExit(stable: boolean, policy: EndpointsPolicy): void {
    this.#at = this.#indexAfter(stable, policy);
  }

  /** Which would be dialled after `onExit`. */
  after(stable: boolean, policy: EndpointsPolicy): RoutePlace {
    return this.#places[this.#indexAfter(stable, policy)] as RoutePlace;
  }

  #indexAfter(stable: boolean, { returnToFirst }: EndpointsPolicy): number {
    if (!stable) return (this.#at + 1) % this.#places.length;
    return returnToFirst ? 0 : this.#at;
  }
}

/** Fisher and Yates. */
function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const result = [...list];
  for (let last = result.length - 1; last > 0; last--) {
    const at = Math.floor(random() * (last + 1));
    [result[last], result[at]] = [result[at] as T, result[last] as T];
  }
  return result;
}
