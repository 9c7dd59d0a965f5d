/**
 * What the stores were told and have answered, kept beside them: which process holds which claim, what is recorded and what
 * the log has. Messages that are handed out are compared with it, so that nothing relies on the code under test.
 */
import type { Granted, Refusal, SessionStore, Waiting, Written } from '../../../src/sessions/store.ts';
import type { Window } from '../../../src/sessions/wire.ts';
import { textOf } from '../clerks.ts';
import type { World } from '../world.ts';

export const LEASE = 2000;

/** A process, as the stores know it. */
export interface StoreUser {
  readonly name: string;
  readonly isDead: boolean;
  /** Resolves when the process runs, after the time of one way to the store. Never, once it is dead. */
  reach(): Promise<void>;
  /** A reply is lost. Throws. */
  mayLose(): void;
  /** The number of the message of that session with which its application has done last. */
  doneWith(session: string): number;
  granted(session: string, handled: number): void;
}

interface Claim {
  readonly by: StoreUser;
  readonly to: number;
}

/** A session, by all that the stores have confirmed. */
export class Entry {
  readonly serial: number;
  /** The log of messages for the client, by number from 1. */
  readonly out: string[] = [];
  /** Bytes of the payloads up to each of these. */
  readonly #sums: number[] = [0];
  /** The messages of the client that were handed out, by number from 1. */
  readonly in: string[] = [];
  /** Messages of `out` that the client's application has handled. */
  downHandled = 0;
  handled = 0;
  doubtful = 0;
  /** Messages that the client sent in a session before this one. */
  again = 0;
  epoch = 0;
  owner: StoreUser | undefined;
  movedAt = 0;
  claim: Claim | undefined;
  isKept = false;
  detachedAt: number | undefined;
  readonly keepFor: number;
  readonly home: SessionStore;
  /** Why no store has it any more. */
  over: string | undefined;

  /** Another message of the log. */
  append(number: number, text: string, bytes: number): void {
    this.out[number - 1] = text;
    this.#sums[number] = (this.#sums[number - 1] ?? 0) + bytes;
  }

  /** What the client was not handed, in messages and bytes. */
  get open(): { readonly messages: number; readonly bytes: number } {
    const { length } = this.out;
    const bytes = (this.#sums[length] ?? 0) - (this.#sums[this.downHandled] ?? 0);
    return { messages: length - this.downHandled, bytes };
  }

  constructor(serial: number, keepFor: number, home: SessionStore) {
    this.serial = serial;
    this.home = home;
    this.keepFor = keepFor;
  }
}

type Call = (...args: unknown[]) => Promise<unknown>;
type Place = { readonly session: string };

export class Ledger {
  readonly entries = new Map<string, Entry>();
  /** By text, the session whose log has it. */
  readonly logged = new Map<string, { readonly entry: Entry; readonly number: number }>();
  /** By text, messages of clients whose effect a store has recorded with their number: done, though their process die before it hears of that. */
  readonly transacted = new Set<string>();
  readonly #world: World;
  readonly #window: Window;
  readonly #leases = new Map<StoreUser, number>();

  constructor(world: World, window: Window) {
    this.#world = world;
    this.#window = window;
  }

  /** The store, as that process reaches it. */
  through(store: SessionStore, user: StoreUser): SessionStore {
    return new Proxy(store, {
      get: (target, key) => {
        const value = Reflect.get(target, key) as unknown;
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) =>
          this.#call(String(key), (value as Call).bind(target), args, user, target);
      },
    });
  }

  async #call(
    name: string,
    call: Call,
    args: unknown[],
    user: StoreUser,
    home: SessionStore,
  ): Promise<unknown> {
    await user.reach();
    const at = this.#world.now;
    const answer = await call(...args);
    this.#answered(name, args, answer, user, at, home);
    await user.reach();
    if (name !== 'begin') user.mayLose();
    return answer;
  }

  #answered(
    name: string,
    args: readonly unknown[],
    answer: unknown,
    user: StoreUser,
    at: number,
    home: SessionStore,
  ): void {
    if (name === 'begin' || name === 'renew') this.#leases.set(user, at);
    if (name === 'leave') return this.#left(user);
    if (name === 'open' || name === 'resume')
      return this.#admitted(name, args[0] as never, answer as Granted | Waiting | Refusal, user, home);
    const entry = this.entries.get((args[0] as Place)?.session);
    if (entry !== undefined) this.#written(entry, name, args, answer as Written, user);
  }

  #admitted(
    asked: 'open' | 'resume',
    { session, keepFor = 0 }: { session: string; keepFor?: number },
    answer: Granted | Waiting | Refusal,
    user: StoreUser,
    home: SessionStore,
  ): void {
    if (answer.kind === 'refused') {
      const entry = this.entries.get(session);
      if (answer.reason === 'unknown-session' && entry?.home === home) this.#forgotten(entry, 'unknown');
      return;
    }
    const entry = this.entries.get(answer.session) ?? new Entry(this.entries.size + 1, keepFor, home);
    this.entries.set(answer.session, entry);
    if (answer.epoch > entry.epoch && entry.owner !== user) entry.movedAt = this.#world.now;
    entry.epoch = answer.epoch;
    entry.owner = user;
    entry.detachedAt = undefined;
    if (session === answer.session && asked === 'resume') entry.isKept = true;
    if (answer.kind === 'waiting') return;
    this.#voidClaim(entry, user);
    const { handled, doubtful, sent } = answer;
    const expected = [entry.handled, entry.doubtful, entry.out.length];
    if (String([handled, doubtful, sent]) !== String(expected))
      this.#world.violated(
        `session ${entry.serial} was granted with ${[handled, doubtful, sent]}, not ${expected}`,
      );
    user.granted(answer.session, handled);
  }

  /** A claim of another process is void once its lease has run out, and never before. */
  #voidClaim(entry: Entry, user: StoreUser): void {
    const { claim } = entry;
    if (claim === undefined || claim.by === user || claim.to <= entry.handled) return;
    const until = (this.#leases.get(claim.by) ?? 0) + LEASE;
    if (until > this.#world.now)
      this.#world.violated(`session ${entry.serial} was granted while ${claim.by.name} holds claims of it`);
    entry.doubtful = Math.max(entry.doubtful, claim.to);
    entry.claim = undefined;
  }

  #left(user: StoreUser): void {
    this.#leases.delete(user);
    for (const entry of this.entries.values()) {
      if (entry.claim?.by === user) entry.claim = undefined;
      if (entry.owner === user && entry.detachedAt === undefined) this.#detached(entry);
    }
  }

  #written(entry: Entry, name: string, args: readonly unknown[], answer: Written, user: StoreUser): void {
    const number = args[1] as number;
    if (answer === 'gone') return this.#forgotten(entry, name);
    const isOk = answer === 'ok';
    if (name === 'append' && isOk) this.#appended(entry, number, args[2] as Uint8Array[]);
    if (name === 'acknowledge' && isOk) this.#acknowledged(entry, number);
    if (name === 'claim' && isOk)
      entry.claim = { by: user, to: Math.max(args[2] as number, entry.claim?.to ?? 0) };
    if (name === 'record' && (isOk || answer === 'moved'))
      this.#recorded(entry, number, user, args[0] as Place);
    if (name === 'transact') this.#transacted(entry, number, args[0] as Place);
    if (name === 'giveBack' && entry.claim?.by === user) entry.claim = undefined;
    if (name === 'detach' && isOk) this.#detached(entry);
    if (name === 'end' && isOk) entry.over ??= 'ended';
  }

  #appended(entry: Entry, from: number, frames: readonly Uint8Array[]): void {
    for (const [at, frame] of frames.entries()) {
      const text = textOf(frame.subarray(1)).split(' ')[0] as string;
      const number = from + at;
      const before = entry.out[number - 1];
      if (before !== undefined && before !== text)
        this.#world.violated(`number ${number} of session ${entry.serial} was ${before}, and is ${text}`);
      entry.append(number, text, frame.length - 1);
      this.logged.set(text, { entry, number });
    }
    const { messages, bytes } = entry.open;
    if (messages > this.#window.messages || (messages > 1 && bytes > this.#window.bytes))
      this.#world.violated(`session ${entry.serial} has ${messages} messages of ${bytes} bytes on their way`);
  }

  #acknowledged(entry: Entry, number: number): void {
    entry.isKept = true;
    if (number > entry.downHandled)
      this.#world.violated(
        `session ${entry.serial} has ${number} acknowledged, and ${entry.downHandled} handled`,
      );
  }

  #transacted(entry: Entry, number: number, place: Place): void {
    this.transacted.add(entry.in[number - 1] as string);
    this.#recorded(entry, number, undefined, place);
  }

  #recorded(entry: Entry, number: number, user: StoreUser | undefined, { session }: Place): void {
    if (user !== undefined && number > user.doneWith(session) && number > entry.handled)
      this.#world.violated(
        `${user.name} recorded ${number} of session ${entry.serial} before it was handled`,
      );
    entry.handled = Math.max(entry.handled, number);
  }

  #detached(entry: Entry): void {
    entry.detachedAt ??= this.#world.now;
    if (!entry.isKept) entry.over ??= 'ended without an ack';
  }

  /** The store does not have it: only where it was ended, or has expired. */
  #forgotten(entry: Entry | undefined, asked: string): void {
    if (entry === undefined || entry.over !== undefined) return;
    const { detachedAt, keepFor, serial } = entry;
    entry.over = 'expired';
    if (detachedAt === undefined || this.#world.now - detachedAt <= keepFor)
      this.#world.violated(
        `session ${serial} is gone (${asked}), detached at ${detachedAt} and kept for ${keepFor}`,
      );
  }
}
