/** Faults of hosts, links and the own process: their kind, their duration and the links they affect. */
import type { Subscription } from 'rxjs';
import type { MemoryHost } from '../../src/testing/network/memory-host.ts';
import type { MemoryLink } from '../../src/testing/network/memory-link.ts';
import type { Life } from './lifelines.ts';
import type { OwnedClock } from './owned-clock.ts';
import type { World } from './world.ts';

export type Fault = readonly [
  name: string,
  begin: (host: MemoryHost) => void,
  end: (host: MemoryHost) => void,
];

const hostFaults: readonly Fault[] = [
  ['freezes', (host) => host.freeze(), (host) => host.thaw()],
  ['refuses', (host) => host.refuse(), (host) => host.refuse(false)],
  ['is a black hole', (host) => host.blackhole(), (host) => host.blackhole(false)],
  ['is down', (host) => host.down(), (host) => host.up()],
];

const losses: readonly (readonly [name: string, begin: (link: MemoryLink) => void])[] = [
  ['is cut', (link) => link.cut()],
  ['loses what we send', (link) => link.lose('toServer')],
  ['loses what we should hear', (link) => link.lose('toClient')],
];

export class Faults {
  readonly #world: World;
  readonly #clock: OwnedClock;
  /** The current fault of each host. */
  readonly #hosts = new Map<string, Set<string>>();
  readonly #links = new Set<number>();
  readonly #ends = new Map<Subscription, () => void>();

  constructor(world: World) {
    this.#world = world;
    this.#clock = world.ownClock();
  }

  /** Whether a connection that begins now may have to be given up. */
  isDisturbed(host: string, link: number): boolean {
    return this.#links.has(link) || (this.#hosts.get(host)?.size ?? 0) > 0;
  }

  /** A fault of one machine. */
  strikeHost(name: string, given?: Fault): void {
    const { chance, network } = this.#world;
    const [fault, begin, end] = given ?? chance.pick(hostFaults);
    const faults = this.#hosts.get(name) ?? new Set();
    if (faults.has(fault)) return;
    const host = network.host(name);
    this.#hosts.set(name, faults.add(fault));
    this.#world.note(`${name} ${fault}`);
    for (const tap of this.#world.taps) if (tap.host === name) tap.disturbed = true;
    begin(host);
    this.#later(chance.int(50, 6000), () => {
      faults.delete(fault);
      this.#world.note(`${name} no longer ${fault}`);
      end(host);
    });
  }

  /** A fault of one link, which is suspect from then on. */
  strikeLink(): void {
    const { chance, network } = this.#world;
    const link = chance.oneOf(network.links);
    if (link === undefined) return;
    this.disturb(link.id);
    if (chance.is(0.2)) {
      this.#world.note(`link ${link.id} is reset`);
      return link.reset();
    }
    const [loss, begin] = chance.pick(losses);
    this.#world.note(`link ${link.id} ${loss}`);
    begin(link);
    if (chance.is(0.4)) return;
    this.#later(chance.int(50, 4000), () => {
      this.#world.note(`link ${link.id} heals`);
      link.heal();
    });
  }

  disturb(link: number): void {
    this.#links.add(link);
    for (const tap of this.#world.taps) if (tap.link === link) tap.disturbed = true;
  }

  /** Changes the latency within the limits of a healthy link. */
  shiftLatency(): void {
    const { chance, network, settings } = this.#world;
    const link = chance.oneOf(network.links);
    if (link !== undefined) link.latencyMs = chance.int(1, settings.latencyMs + settings.lagMs);
  }

  stall(): void {
    const { chance } = this.#world;
    this.#world.stall(chance.pick([chance.int(1, 60), chance.int(60, 900), chance.int(900, 6000)]));
  }

  /** A stall just when the verdict on a suspect falls due. */
  aimStall({ tap }: Life): void {
    const { chance, now, settings } = this.#world;
    if (!settings.stalling || tap?.askedAt === undefined || !chance.is(0.5)) return;
    const at = tap.askedAt + settings.policy.heartbeat.condemnAfter - chance.int(2, 45);
    const ms = chance.int(10, 80);
    if (at > now) this.#later(at - now, () => this.#world.stall(ms));
  }

  /** Ends all current faults. */
  healAll(): void {
    for (const [timer, end] of [...this.#ends]) {
      timer.unsubscribe();
      end();
    }
    this.#ends.clear();
    for (const link of this.#world.network.links) link.heal();
  }

  #later(ms: number, end: () => void): void {
    const timer = this.#clock.scheduler.schedule(() => {
      this.#ends.delete(timer);
      end();
    }, ms);
    this.#ends.set(timer, end);
  }
}
