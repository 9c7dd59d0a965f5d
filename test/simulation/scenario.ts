/** Runs one seed from an empty world to an empty world. */
import type { Connection } from '../../src/actors/supervisor/handle.ts';
import type { Clerk } from './clerks.ts';
import { Faults } from './faults.ts';
import { Owner } from './owner.ts';
import { type Server, serve } from './servers.ts';
import { Users } from './users.ts';
import { World } from './world.ts';

export interface Outcome {
  readonly log: readonly string[];
  readonly lives: number;
  readonly delivered: number;
  readonly confirmed: number;
  readonly pauses: number;
  readonly chosen: number;
}

/** Throws at the first violation, with the command that replays it. */
export async function simulate(seed: number): Promise<Outcome> {
  const scenario = new Scenario(seed);
  const { world } = scenario;
  try {
    await scenario.run();
  } catch (error) {
    world.violated(String(error instanceof Error ? error.stack : error));
  }
  if (world.violations.length > 0) throw new Error(report(world));
  const { log, lives, pauses, chosen, mail } = world;
  return { log, lives, pauses, chosen, delivered: mail.delivered, confirmed: mail.confirmations };
}

function report({ seed, violations, log }: World): string {
  const end = log.findIndex((line) => line.includes('VIOLATED')) + 1;
  const tail = log.slice(Math.max(0, end - 60), end).join('\n');
  return `${violations[0]}\n\nreplay: SEED=${seed} npx vitest run test/simulation\n\n${tail}`;
}

class Scenario {
  readonly world: World;
  readonly #faults: Faults;
  readonly #client: Owner;
  readonly #users: Users;
  readonly #servers: Server[] = [];

  constructor(seed: number) {
    this.world = new World(seed);
    this.#faults = new Faults(this.world);
    this.#client = new Owner(this.world, this.#faults, 'client');
    this.#users = new Users(this.world, this.#client, () => this.#accepted());
  }

  async run(): Promise<void> {
    const { settings, chance, clock } = this.world;
    this.world.note(JSON.stringify(settings));
    for (const host of this.world.hosts.keys()) await this.#serve(host);
    for (let step = 0; step < settings.steps && this.#good; step++) {
      await clock.run(chance.gap(settings.meanGapMs));
      await this.#act();
      this.world.check();
    }
    if (this.#good) await this.#endClient();
    if (this.#good) await this.#endServers();
    if (this.#good) this.#expectEmptyWorld();
  }

  get #good(): boolean {
    return this.world.violations.length === 0;
  }

  async #serve(host: number): Promise<void> {
    const { name, kind } = this.world.hosts[host] ?? { name: '', kind: 'nobody' };
    const server = await serve(this.world, this.#faults, name, kind);
    this.#servers[host] = server;
    if (server.owner !== undefined) server.owner.onEvent = this.#users.meddle;
  }

  #accepted(): Connection[] {
    return this.#servers.flatMap(({ owner }) => owner?.accepted.slice(-5) ?? []);
  }

  async #act(): Promise<void> {
    const { chance, settings, hosts } = this.world;
    const choice = chance.int(1, 100);
    if (choice <= 60) return this.#users.act();
    if (choice <= 66) return this.#faults.strikeHost(chance.pick(hosts).name);
    if (choice <= 78) return this.#faults.strikeLink();
    if (choice <= 82) return this.#faults.shiftLatency();
    if (choice <= 94) return this.#provoke();
    if (choice <= 97) return settings.stalling ? this.#faults.stall() : undefined;
    return this.#restart(chance.int(0, hosts.length - 1));
  }

  /** A random peer sends a message or violates its protocol. */
  #provoke(): void {
    const { chance } = this.world;
    const clerk = chance.oneOf(this.#servers.flatMap(({ clerks }) => [...clerks]));
    if (clerk === undefined) return;
    const acts: readonly ((clerk: Clerk) => void)[] = [
      (one) => one.say(this.world.mail.compose(`p${one.link}`, chance.pick([0, 100, 20_000]))),
      (one) => one.stream(50),
      (one) => one.peer.end(),
      (one) => this.#disturb(one).reset(),
      (one) => this.#disturb(one).pause(),
      (one) => one.peer.resume(),
      (one) => one.keepOpen(),
      (one) => one.standHalfClosed(),
      (one) => one.insult(),
    ];
    const act = chance.pick(acts);
    this.world.note(`the peer of link ${clerk.link} does ${acts.indexOf(act)}`);
    act(clerk);
  }

  #disturb({ link, peer }: Clerk): Clerk['peer'] {
    this.#faults.disturb(link);
    return peer;
  }

  /** Shuts down a server, and starts another one in its place. */
  async #restart(host: number): Promise<void> {
    const { world } = this;
    const server = this.#servers[host];
    if (server?.owner === undefined) return;
    server.stop();
    await world.clock.run(world.chance.int(0, 100));
    await this.#settled(() => server.owner?.stopped === true);
    if (this.#good) await this.#serve(host);
  }

  /** The user that stops it goes on making calls. */
  async #endClient(): Promise<void> {
    const { chance, clock } = this.world;
    const killed = chance.is(0.15);
    this.#client.stop(killed);
    for (let calls = chance.int(0, 5); calls > 0 && this.#good; calls--) {
      this.#users.act();
      await clock.run(chance.int(0, 50));
    }
    await this.#settled(() => this.#client.stopped);
    await clock.run(10);
    this.#client.expectNothing();
  }

  async #endServers(): Promise<void> {
    this.world.note('everything heals, and the servers stop');
    this.#faults.healAll();
    for (const server of this.#servers) server.stop();
    await this.#settled(() => this.#servers.every(({ owner }) => owner?.stopped ?? true));
    // Includes connections that still read messages that arrived in time.
    await this.world.clock.run(30_000);
  }

  async #settled(condition: () => boolean): Promise<void> {
    for (let turns = 1000; turns > 0 && this.#good && !condition(); turns--) {
      await this.world.clock.run(20);
      this.world.check();
    }
    if (this.#good && !condition()) this.world.violated('something that was stopped goes on');
  }

  #expectEmptyWorld(): void {
    const { world } = this;
    const { dialing, open, closedTwice } = world.network.audit();
    const left = { dialing, ...open, closedTwice, timers: world.clock.pending, taps: world.taps.size };
    for (const [what, count] of Object.entries(left)) {
      if (count > 0) world.violated(`in the end there is ${what}: ${count}`);
    }
    if (world.mail.unsettled.length > 0) world.violated(`never settled: ${world.mail.unsettled.slice(0, 5)}`);
  }
}
