/** Runs the sessions of one seed: two hosts, processes that come and go, and a network with faults. */
import { MemoryStore } from '../../../src/sessions/memory-store.ts';
import type { SessionStore } from '../../../src/sessions/store.ts';
import { Faults } from '../faults.ts';
import { World } from '../world.ts';
import { Account } from './account.ts';
import type { Carrier } from './carrier.ts';
import { SessionClient } from './client.ts';
import { LEASE, Ledger } from './ledger.ts';
import { followMoves } from './moves.ts';
import { SessionServer, type Stage } from './server.ts';
import { type SessionSettings, sessionsOf, worldOf } from './settings.ts';

export interface SessionOutcome {
  readonly log: readonly string[];
  readonly handed: number;
  readonly again: number;
  readonly confirmed: number;
  readonly sessions: number;
  readonly epochs: number;
}

/** Throws at the first violation, with the command that replays it. */
export async function simulateSessions(seed: number, carrier: Carrier): Promise<SessionOutcome> {
  const scenario = new SessionScenario(seed, carrier);
  const { world, account, ledger } = scenario;
  try {
    await scenario.run();
  } catch (error) {
    world.violated(String(error instanceof Error ? error.stack : error));
  }
  if (world.violations.length > 0) throw new Error(report(world, carrier));
  const { handed, again, confirmed } = account;
  const epochs = [...ledger.entries.values()].reduce((sum, { epoch }) => sum + epoch, 0);
  return { log: world.log, handed, again, confirmed, sessions: ledger.entries.size, epochs };
}

function report({ seed, violations, log }: World, carrier: Carrier): string {
  const end = log.findIndex((line) => line.includes('VIOLATED')) + 1;
  const tail = log.slice(Math.max(0, end - 60), end).join('\n');
  return `${violations[0]}\n\nreplay: SEED=${seed} CARRIER=${carrier} npx vitest run test/simulation/sessions\n\n${tail}`;
}

class SessionScenario implements Stage {
  readonly world: World;
  readonly faults: Faults;
  readonly ledger: Ledger;
  readonly account: Account;
  readonly sessions: SessionSettings;
  readonly carrier: Carrier;
  isCalm = false;
  readonly #client: SessionClient;
  readonly #shared = new MemoryStore(LEASE);
  /** The process at each host now, and all that were there. */
  readonly #servers: (SessionServer | undefined)[] = [];
  readonly #all: SessionServer[] = [];

  constructor(seed: number, carrier: Carrier) {
    this.carrier = carrier;
    this.world = new World(seed, (chance) => worldOf(chance, carrier));
    this.sessions = sessionsOf(this.world.chance);
    this.faults = new Faults(this.world);
    this.ledger = new Ledger(this.world, this.sessions.window);
    this.account = new Account(this.world, this.ledger);
    this.#client = new SessionClient(this);
    followMoves(this.world, this.#client.owner);
  }

  async run(): Promise<void> {
    const { settings, chance, clock } = this.world;
    this.world.note(JSON.stringify({ ...settings, sessions: this.sessions }));
    for (const host of this.world.hosts.keys()) await this.#serve(host);
    for (let step = 0; step < settings.steps && this.#good; step++) {
      await clock.run(chance.gap(settings.meanGapMs));
      await this.#act();
      this.world.check();
    }
    if (this.#good) await this.#calm();
    if (this.#good) await this.#end();
  }

  get #good(): boolean {
    return this.world.violations.length === 0;
  }

  async #serve(host: number): Promise<void> {
    const { name } = this.world.hosts[host] ?? { name: '' };
    const store: SessionStore = this.sessions.store === 'shared' ? this.#shared : new MemoryStore();
    const server = await SessionServer.begin(this, name, store);
    this.#servers[host] = server;
    this.#all.push(server);
    followMoves(this.world, server.owner);
  }

  async #act(): Promise<void> {
    const { chance, settings, hosts } = this.world;
    const choice = chance.int(1, 100);
    if (choice <= 70) return this.#use();
    if (choice <= 74) return this.faults.strikeHost(chance.pick(hosts).name);
    if (choice <= 86) return this.faults.strikeLink();
    if (choice <= 88) return this.faults.shiftLatency();
    if (choice <= 91) return settings.stalling ? this.faults.stall() : undefined;
    if (choice <= 94) return this.#freeze(chance.int(0, hosts.length - 1));
    return this.#restart(chance.int(0, hosts.length - 1));
  }

  /** A user of either side makes a call. */
  #use(): void {
    const { chance } = this.world;
    const choice = chance.int(1, 100);
    const dialled = chance.oneOf(this.#client.running);
    const held = chance.oneOf(
      this.#running.flatMap((server) => server.sessions.map((each) => ({ server, each }))),
    );
    const padding = () => chance.pick([0, 10, 500, 500, 30_000]);
    const count = chance.pick([1, 1, 3, 30]);
    if (dialled === undefined || choice <= 5) return this.#client.connect();
    if (choice <= 45) for (let left = count; left > 0; left--) this.#client.send(dialled, padding());
    else if (choice <= 85 && held !== undefined)
      for (let left = count; left > 0; left--) held.server.send(held.each, padding());
    else if (choice <= 93) this.#reconnect(dialled.handle);
    else if (choice <= 95) void dialled.handle.close();
    else if (choice <= 97) held?.server.close(held.each);
  }

  #reconnect(handle: { readonly id: string; reconnect(options?: object): void }): void {
    this.world.note(`reconnect ${handle.id}`);
    handle.reconnect({ next: this.world.chance.is(0.5) });
    this.#client.owner.lifelines.hurried(handle as never);
  }

  get #running(): readonly SessionServer[] {
    return this.#all.filter(({ isRunning }) => isRunning);
  }

  /** The process stands still, and its kernel goes on. */
  #freeze(host: number): void {
    const server = this.#servers[host];
    if (server === undefined || !server.isRunning) return;
    const { clock } = server.owner;
    this.faults.strikeHost(server.host, [
      'freezes',
      (machine) => {
        server.owner.isPunctual = false;
        machine.freeze();
        clock.halt();
      },
      (machine) => {
        machine.thaw();
        clock.goOn();
      },
    ]);
  }

  /** A process dies or stops, and another one begins in its place, soon or later. */
  async #restart(host: number): Promise<void> {
    const { world } = this;
    const server = this.#servers[host];
    if (server === undefined || !server.isRunning || server.owner.clock.isHalted) return;
    if (world.chance.is(0.6)) server.die(world.chance.is(0.3));
    else {
      server.owner.stop();
      await this.#settled(() => server.owner.stopped);
    }
    this.#servers[host] = undefined;
    await world.clock.run(world.chance.pick([0, world.chance.int(0, 100), world.chance.int(0, 4000)]));
    if (this.#good) await this.#serve(host);
  }

  async #settled(condition: () => boolean): Promise<void> {
    for (let turns = 1000; turns > 0 && this.#good && !condition(); turns--) {
      await this.world.clock.run(20);
      this.world.check();
    }
    if (this.#good && !condition()) this.world.violated('something that was stopped goes on');
  }

  /** All faults end: what is not settled by the end of a session arrives. */
  async #calm(): Promise<void> {
    this.world.note('everything heals');
    this.isCalm = true;
    this.faults.healAll();
    for (const { name } of this.world.hosts)
      this.world.network.host(name).bytesPerSecond = Number.POSITIVE_INFINITY;
    await this.world.clock.run(60_000);
    this.world.check();
    // One whose socket is old may be on its way to the next.
    await this.#settled(() => this.#client.running.every(({ info }) => info?.attached === true));
    for (const { handle, info, serial } of this.#client.running) {
      const entry = this.ledger.entries.get(info?.id ?? '');
      if (entry === undefined) this.world.violated(`${handle.id} is attached to a session that no store has`);
      if (entry === undefined || entry.over !== undefined) continue;
      const open = this.account.unsettled.filter(({ key }) => key.startsWith(`c${serial}.`));
      const what = `${handle.id}, session ${entry.serial},`;
      if (open.length > 0)
        this.world.violated(`${what} has settled nothing of ${open.map(({ key }) => key)}`);
      if (entry.downHandled !== entry.out.length)
        this.world.violated(`${what} has handled ${entry.downHandled} of ${entry.out.length} messages`);
      if (entry.handled !== entry.in.length)
        this.world.violated(
          `session ${entry.serial} has recorded ${entry.handled} of ${entry.in.length} messages`,
        );
    }
  }

  async #end(): Promise<void> {
    const { chance, clock } = this.world;
    for (const { handle } of this.#client.running) if (chance.is(0.3)) void handle.close();
    await clock.run(chance.int(0, 3000));
    const { owner } = this.#client;
    owner.stop();
    await this.#settled(() => owner.stopped);
    await clock.run(10);
    owner.expectNothing();
    // Each process has heard of the end of sockets, and sessions without one lapse.
    await clock.run(chance.pick([0, 300_000]));
    for (const server of this.#running) server.owner.stop();
    await this.#settled(() => this.#all.every(({ isDead, owner: each }) => isDead || each.stopped));
    await clock.run(SessionServer.lastWordsMs + 30_000);
    for (const server of this.#all) server.expectNothing();
    this.#expectEmptyWorld();
    if (this.sessions.store === 'shared') await this.#expectEmptyStore();
  }

  #expectEmptyWorld(): void {
    const { world, account } = this;
    const { dialing, open, closedTwice } = world.network.audit();
    for (const [what, count] of Object.entries({ dialing, ...open, closedTwice, taps: world.taps.size }))
      if (count > 0) world.violated(`in the end there is ${what}: ${count}`);
    const unsettled = account.unsettled.filter(({ orphaned }) => !orphaned);
    if (unsettled.length > 0)
      world.violated(`never settled: ${unsettled.slice(0, 5).map(({ key, fate }) => `${key} ${fate}`)}`);
  }

  /** Sessions end `keepFor` after their last socket; those whose process died with a socket are left to its lease. */
  async #expectEmptyStore(): Promise<void> {
    await this.world.clock.run(this.sessions.keepFor + 1);
    for (const [session, { detachedAt, owner, serial }] of this.ledger.entries) {
      if (detachedAt === undefined && owner?.isDead === true) continue;
      const asked = { session, process: '', identity: 'nobody', instance: '', attempt: 1, epoch: 0, have: 0 };
      const answer = await this.#shared.resume(asked);
      if (answer.kind !== 'refused' || answer.reason !== 'unknown-session')
        this.world.violated(`the store has session ${serial} after its time`);
    }
  }
}
