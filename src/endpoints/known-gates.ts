/**
 * The gates that exist, and the connections that they are of. The gate of a host is kept while a connection dials or
 * waits there, and while it is closed, also without members: a forgotten gate is unknown, and connections that return
 * would dial at once. The gate of a route goes with its last connection.
 */
import type { Exit } from '../policy/exits.ts';
import { blamedBy, isServerError } from '../policy/gate.ts';
import { hostOf, levelsOf } from '../policy/route.ts';
import type { Timekeeper } from '../time/timekeeper.ts';
import { EndpointGate } from './endpoint-gate.ts';
import type { Offline } from './offline.ts';

type Counts = Map<string, number>;

export class KnownGates {
  readonly #timekeeper: Timekeeper;
  readonly #offline: Offline;
  readonly #onDue: (key: string) => void;
  /** By key: of hosts and of routes. */
  readonly #gates = new Map<string, EndpointGate>();
  /** Connections that dial a host or route, now or later. */
  readonly #members: Counts = new Map();
  /** By host: connections whose peer has proved to be there. */
  readonly #proved: Counts = new Map();

  constructor(timekeeper: Timekeeper, offline: Offline, onDue: (key: string) => void) {
    this.#timekeeper = timekeeper;
    this.#offline = offline;
    this.#onDue = onDue;
  }

  [Symbol.iterator](): IterableIterator<EndpointGate> {
    return this.#gates.values();
  }

  get(key: string | undefined): EndpointGate | undefined {
    return this.#gates.get(key ?? '');
  }

  /** The gates of host and route, as far as there are any. */
  at(key: string | undefined): readonly EndpointGate[] {
    return levelsOf(key).flatMap((level) => this.#gates.get(level) ?? []);
  }

  /** The gate with this key, made if there is none. */
  make(key: string): EndpointGate {
    const known = this.#gates.get(key);
    if (known !== undefined) return known;
    const made = new EndpointGate(key, this.#onDue);
    this.#gates.set(key, made);
    return made;
  }

  /** A connection to the endpoint exists from now on. */
  join(key: string | undefined): void {
    for (const level of levelsOf(key)) count(this.#members, level, 1);
  }

  /** `over`: the connection does not come back, and what a route without others knows goes with it. */
  leave(key: string | undefined, over: boolean): void {
    for (const level of levelsOf(key)) count(this.#members, level, -1);
    for (const gate of this.at(key)) {
      if (over && gate.isRoute && this.members(gate.key) === 0) this.#forget(gate);
      else this.schedule(gate);
    }
    if (this.#members.size === 0) for (const each of this) this.#forget(each);
  }

  /** The number of connections to the host or route. */
  members(key: string | undefined): number {
    return this.#members.get(key ?? '') ?? 0;
  }

  countProved(key: string | undefined, by: 1 | -1): void {
    if (key !== undefined) count(this.#proved, hostOf(key), by);
  }

  /**
   * The gates that learn from an exit: of the host or of the route, and both once several routes were refused.
   * `hadTurn`: the dial had, and is over with this exit; otherwise only goodbyes count.
   */
  blamed(key: string | undefined, hadTurn: boolean, enabled: boolean, exit: Exit): readonly EndpointGate[] {
    const blame = blamedBy(exit);
    if (key === undefined || blame === undefined) return [];
    if (!hadTurn) {
      const isGoodbye = exit.reason === 'going-away' && enabled && this.members(key) > 1;
      return isGoodbye ? [this.make(key)] : [];
    }
    return levelsOf(key).flatMap((level) => {
      // A function may have said another endpoint than the one that it had its turn at, and no other goes there.
      if (this.members(level) === 0) return [];
      const gate = this.make(level);
      const counts =
        blame === 'host'
          ? !gate.isRoute
          : level === key || (isServerError(exit) && this.#refusedAgain(gate, key));
      return counts ? [gate] : [];
    });
  }

  /** Whether the host refused another route before, and nothing shows that it serves any. */
  #refusedAgain(host: EndpointGate, key: string): boolean {
    if (this.#proved.has(host.key)) return false;
    host.refused ??= key;
    if (host.refused !== key) host.refused = '';
    return host.refused !== key;
  }

  /** Sets the alarm for the end of a closed gate. An open gate without dials and waiters is forgotten. */
  schedule(gate: EndpointGate): void {
    // Forgotten meanwhile.
    if (this.get(gate.key) !== gate) return this.#timekeeper.clear(gate);
    const now = this.#timekeeper.now();
    const until = Math.max(gate.gate.until, gate.waiting.size && now + this.#offline.msFor(gate.key));
    if (until > now) return this.#timekeeper.set(gate, until);
    this.#timekeeper.clear(gate);
    if (gate.inFlight === 0 && gate.waiting.size === 0) this.#forget(gate);
  }

  #forget(gate: EndpointGate): void {
    this.#timekeeper.clear(gate);
    this.#gates.delete(gate.key);
  }
}

function count(counts: Counts, key: string, by: 1 | -1): void {
  const now = (counts.get(key) ?? 0) + by;
  if (now > 0) counts.set(key, now);
  else counts.delete(key);
}
