/** A process that accepts sessions: it can die without a word, stop reading, or stop in good order. */

import { session } from '../../../src/sessions/both.ts';
import type { Session } from '../../../src/sessions/handle.ts';
import type { SessionStore } from '../../../src/sessions/store.ts';
import { textOf } from '../clerks.ts';
import type { Faults } from '../faults.ts';
import { carelessness, Owner } from '../owner.ts';
import type { World } from '../world.ts';
import type { Account } from './account.ts';
import { beneath, type Carrier, urlOf } from './carrier.ts';
import { type Entry, LEASE, type Ledger, type StoreUser } from './ledger.ts';
import type { SessionSettings } from './settings.ts';

/** What all processes share. */
export interface Stage {
  readonly world: World;
  readonly faults: Faults;
  readonly ledger: Ledger;
  readonly account: Account;
  readonly sessions: SessionSettings;
  readonly carrier: Carrier;
  /** Handlers are quick and fail no more, and the stores answer. */
  isCalm: boolean;
}

/** A session in this process. */
interface Held {
  readonly serial: number;
  readonly entry: Entry;
  readonly handle: Session;
  /** The number of the message that was handed out last, and of that which was done last. */
  handed: number;
  done: number;
  isOver: boolean;
}

/** Timers and sessions last for as long after the end: handlers that are at work are waited for. */
const LAST_WORDS = 10_000;

/** Sessions need their time after the supervisor has stopped. */
class SessionOwner extends Owner {
  override expectNothing(): void {}

  expectNothingAtLast(): void {
    super.expectNothing();
  }
}

export class SessionServer implements StoreUser {
  readonly name: string;
  readonly host: string;
  readonly owner: SessionOwner;
  readonly held = new Map<string, Held>();
  isDead = false;
  readonly #stage: Stage;
  readonly #bases = new Map<string, number>();
  /** `listen` asks the store, and time stands still meanwhile. */
  #hasBegun = false;

  private constructor(stage: Stage, host: string) {
    this.#stage = stage;
    this.host = host;
    this.name = `${host}~${stage.world.serial()}`;
    this.owner = new SessionOwner(stage.world, stage.faults, this.name);
  }

  static async begin(stage: Stage, host: string, store: SessionStore): Promise<SessionServer> {
    const server = new SessionServer(stage, host);
    const { window, keepFor, onFailure } = stage.sessions;
    await server.owner.supervisor.listen({
      url: urlOf(stage.carrier, host),
      protocol: session(beneath(stage.carrier), {
        ...{ window, keepFor, onFailure, plaintext: true },
        store: stage.ledger.through(store, server),
        onSession: (handle) => server.#begun(handle),
      }),
      onConnection: (connection) => void server.owner.accepted.push(connection),
    });
    server.#hasBegun = true;
    stage.world.invariants.push(server.#check);
    return server;
  }

  get isRunning(): boolean {
    return !this.isDead && !this.owner.isStopping;
  }

  /** Sessions of now, newest last. */
  get sessions(): readonly Held[] {
    return [...this.held.values()].filter(({ isOver }) => !isOver);
  }

  send(held: Held, padding: number): void {
    const { account } = this.#stage;
    const text = account.compose(`s${held.serial}`, padding);
    account.posted(text, held.handle.send(text));
  }

  close(held: Held): void {
    this.#stage.world.note(`${this.name} closes session ${held.entry.serial}`);
    held.entry.over ??= 'closed by its application';
    void held.handle.close('enough');
  }

  /** Its sockets end with it, or just fall silent; nothing of it runs any more. */
  die(isSilent: boolean): void {
    const { world, account } = this.#stage;
    world.note(`${this.name} dies${isSilent ? ' in silence' : ''}`);
    this.isDead = true;
    for (const { serial } of this.held.values()) account.orphan(`s${serial}`);
    this.owner.die(isSilent);
    world.invariants.splice(world.invariants.indexOf(this.#check), 1);
  }

  expectNothing(): void {
    if (this.isDead) return;
    this.owner.expectNothingAtLast();
    const left = this.sessions.map(({ entry }) => entry.serial);
    if (left.length > 0) this.#stage.world.violated(`${this.name} has stopped, and has the sessions ${left}`);
  }

  /** Milliseconds until nothing of it is left, once it has stopped. */
  static readonly lastWordsMs = LAST_WORDS + LEASE;

  // --- as the stores know it

  async reach(): Promise<void> {
    const { storeMs } = this.#stage.sessions;
    const ms = this.#stage.isCalm || !this.#hasBegun ? 0 : this.#stage.world.chance.int(0, storeMs);
    if (ms > 0) await this.#pause(ms);
    if (this.isDead) await new Promise(() => {});
  }

  mayLose(): void {
    const { isCalm, sessions, world } = this.#stage;
    if (!isCalm && this.#hasBegun && world.chance.is(sessions.losses)) throw new Error(carelessness);
  }

  doneWith(id: string): number {
    return this.held.get(id)?.done ?? 0;
  }

  granted(id: string, handled: number): void {
    if (this.held.get(id)?.isOver !== false) this.#bases.set(id, handled);
  }

  // --- as its application

  #begun(handle: Session): void {
    const { world, ledger } = this.#stage;
    const entry = ledger.entries.get(handle.id);
    if (entry === undefined) return world.violated(`${this.name} has a session that no store has`);
    const before = this.held.get(handle.id);
    if (before !== undefined && !before.isOver)
      world.violated(`${this.name} has two handles of session ${entry.serial}`);
    const base = this.#bases.get(handle.id) ?? 0;
    const held: Held = { serial: world.serial(), entry, handle, handed: base, done: base, isOver: false };
    world.note(`${this.name} has session ${entry.serial} after ${base}`);
    this.held.set(handle.id, held);
    handle.onMessage = (message, { again }) => this.#handle(held, textOf(message), again);
    void handle.closed.then((end) => {
      held.isOver = true;
      world.note(`${this.name}: session ${entry.serial} is over: ${end.reason}`);
      if (end.reason === 'gap') world.violated(`session ${entry.serial} ended as gap`);
      if (end.acknowledged > entry.downHandled)
        world.violated(
          `session ${entry.serial} says ${end.acknowledged} acknowledged, of ${entry.downHandled}`,
        );
    });
  }

  #handle(held: Held, text: string, again: boolean): unknown {
    const { account, sessions, world, isCalm } = this.#stage;
    const number = held.handed + 1;
    if (held.isOver)
      world.violated(`session ${held.entry.serial} is over, and hands out ${text.slice(0, 20)}`);
    if (held.done !== held.handed)
      world.violated(`session ${held.entry.serial} hands out two messages at a time`);
    held.handed = number;
    const letter = account.up(held.entry, number, text, again, sessions.onLost === 'resend');
    if (letter === undefined) return undefined;
    const done = () => {
      letter.done++;
      held.done = number;
    };
    const fails = !isCalm && world.chance.is(sessions.failures);
    const ms = isCalm ? 0 : world.chance.pick([0, 0, world.chance.int(0, sessions.slowMs)]);
    if (ms === 0) return this.#end(fails, done);
    return this.#work(held, ms, fails, done);
  }

  async #work(held: Held, ms: number, fails: boolean, done: () => void): Promise<void> {
    const { chance } = this.#stage.world;
    const transacts = chance.is(0.2);
    if (chance.is(0.2)) this.send(held, 10);
    await this.#pause(ms);
    // What is recorded with its effect was done by then.
    if (transacts) held.done = held.handed;
    if (transacts) await held.handle.handled(() => {}).catch(() => {});
    this.#end(fails, done);
  }

  #end(fails: boolean, done: () => void): void {
    if (!fails || this.#stage.sessions.onFailure === 'handled') done();
    if (fails) throw new Error(carelessness);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.owner.clock.scheduler.schedule(() => resolve(), ms));
  }

  /** A process that has lost a session knows it in time. */
  readonly #check = (): void => {
    const { world, sessions } = this.#stage;
    if (!this.isRunning || !this.owner.isPunctual) return;
    for (const { entry, handle, isOver } of this.held.values()) {
      if (isOver || !handle.attached || entry.owner === this || entry.owner === undefined) continue;
      const limit = entry.movedAt + 2 * LEASE + 4 * sessions.storeMs + world.stallsSince(entry.movedAt).ms;
      if (world.now > limit && sessions.losses === 0)
        world.violated(`${this.name} has session ${entry.serial} attached, which moved at ${entry.movedAt}`);
    }
  };
}
