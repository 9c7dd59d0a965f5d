/** One simulated world: a clock, a network, a log, and the checks of the invariants. */
import type { Connection } from '../../src/actors/supervisor/handle.ts';
import { type VirtualClock, virtualClock } from '../../src/testing/clock.ts';
import { type MemoryNetwork, memoryNetwork } from '../../src/testing/network/memory.ts';
import { Chance } from './chance.ts';
import { Mail } from './mail.ts';
import { OwnedClock } from './owned-clock.ts';
import { type HostKind, type Settings, settingsOf } from './settings.ts';
import type { Tap, TapWorld } from './tap.ts';

/** The checks that run after every callback of the clock. */
export type Invariant = (world: World) => void;

/** A host for dials; its name consists of its kind and its number. */
export interface HostSpec {
  readonly name: string;
  readonly kind: HostKind;
  readonly protocol: string;
}

interface Stall {
  readonly from: number;
  readonly ms: number;
}

export class World implements TapWorld {
  readonly seed: number;
  readonly chance: Chance;
  readonly settings: Settings;
  readonly hosts: readonly HostSpec[];
  readonly clock: VirtualClock;
  readonly network: MemoryNetwork;
  readonly mail: Mail;
  readonly log: string[] = [];
  readonly violations: string[] = [];
  /** Sockets of supervisors that have not closed. */
  readonly taps = new Set<Tap>();
  readonly invariants: Invariant[] = [];
  /** Handles that were closed, and not asked back since. */
  readonly leaving = new Set<Connection>();
  reading: Tap | undefined;
  /** Incarnations so far. */
  lives = 0;
  pauses = 0;
  /** Standbys that took the place of a suspect incarnation. */
  chosen = 0;
  readonly #stalls: Stall[] = [];
  #serial = 0;

  constructor(seed: number, settings: (chance: Chance) => Settings = settingsOf) {
    this.seed = seed;
    this.chance = new Chance(seed);
    this.settings = settings(this.chance);
    this.hosts = this.settings.hosts.map((kind, at) => ({
      name: `${kind}-${at}`,
      kind,
      protocol: kind === 'greeting' ? kind : kind.includes('framed') ? 'framed' : 'line',
    }));
    this.clock = virtualClock({ seed });
    const { latencyMs, jitterMs, windowBytes } = this.settings;
    this.network = memoryNetwork({ latencyMs, jitterMs, windowBytes, clock: this.ownClock() });
    for (const { name } of this.hosts) this.network.host(name).bytesPerSecond = this.settings.uplink;
    this.mail = new Mail((what) => this.violated(what));
  }

  get now(): number {
    return this.clock.scheduler.now();
  }

  /** The next number, for names. */
  serial(): number {
    return ++this.#serial;
  }

  /** A view of the clock that counts its own timers. */
  ownClock(): OwnedClock {
    return new OwnedClock(this.clock, () => this.check());
  }

  note(what: string): void {
    this.log.push(`${this.now.toFixed(1)} ${what}`);
  }

  violated(what: string): void {
    this.violations.push(what);
    this.note(`VIOLATED: ${what}`);
  }

  check(): void {
    if (this.violations.length > 0) return;
    for (const invariant of this.invariants) invariant(this);
  }

  /** The own process is busy: every time limit is extended by as much. */
  stall(ms: number): void {
    this.note(`we stall for ${ms} ms`);
    this.#stalls.push({ from: this.now, ms });
    this.clock.stall(ms);
  }

  get stallEndedAt(): number {
    const last = this.#stalls.at(-1);
    return last === undefined ? Number.NEGATIVE_INFINITY : last.from + last.ms;
  }

  /** Our own stalls that had not ended at that time. */
  stallsSince(at: number): { readonly ms: number; readonly count: number } {
    let [ms, count] = [0, 0];
    for (let last = this.#stalls.length - 1; last >= 0; last--) {
      const stall = this.#stalls[last];
      if (stall === undefined || stall.from + stall.ms < at) break;
      ms += stall.ms;
      count += 1;
    }
    return { ms, count };
  }
}
