/** Sessions in Redis, shared by all processes that use the same server and prefix. Each method is one script. */
import type {
  Granted,
  Lease,
  OpenRequest,
  Place,
  Refusal,
  ResumeRequest,
  SessionStore,
  StoreProcess,
  Waiting,
  Written,
} from '../store.ts';
import type { RedisPort } from './port.ts';
import { grantOf, textOf } from './replies.ts';
import type { Script } from './script.ts';
import * as scripts from './scripts.ts';
import { type Argument, RedisServer } from './server.ts';
import { checkSettings } from './settings.ts';
import { Transactions } from './transactions.ts';

export interface RedisStoreSettings {
  readonly prefix: string;
  /** Permits servers that may forget what they have confirmed. */
  readonly unsafe: boolean;
  /** Milliseconds after which a call without an answer rejects. */
  readonly timeout: number;
  readonly leaseMs: number;
  /**
   * Milliseconds from the end of a lease until the sessions of that process count as detached: an outage of Redis that is shorter costs
   * no session.
   */
  readonly orphanMs: number;
}

export class RedisStore implements SessionStore {
  readonly name = 'redis';
  readonly shared = true;
  readonly leaseMs: number;
  readonly #server: RedisServer;
  readonly #unsafe: boolean;
  readonly #transactions: Transactions;

  constructor(port: RedisPort, settings: RedisStoreSettings) {
    this.leaseMs = settings.leaseMs;
    this.#unsafe = settings.unsafe;
    this.#server = new RedisServer(port, settings);
    this.#transactions = new Transactions(this.#server);
  }

  async begin({ process, clock }: StoreProcess): Promise<void> {
    this.#server.begin(clock);
    await checkSettings(this.#server, this.#unsafe);
    await this.renew(process, 0);
  }

  async open(request: OpenRequest): Promise<Granted | Waiting | Refusal> {
    const { session, identity, instance, attempt, keepFor, process, maxSessions } = request;
    const { total, perIdentity } = maxSessions;
    const args = [session, identity, instance, attempt, keepFor, process, total, perIdentity];
    return grantOf(await this.#server.run(scripts.open, args));
  }

  async resume(request: ResumeRequest): Promise<Granted | Waiting | Refusal> {
    const { session, identity, instance, attempt, epoch, have, process } = request;
    return grantOf(
      await this.#server.run(scripts.resume, [session, identity, instance, attempt, epoch, have, process]),
    );
  }

  append(place: Place, from: number, frames: readonly Uint8Array[]): Promise<Written> {
    return this.#write(scripts.append, place, from, ...frames);
  }

  acknowledge(place: Place, handled: number): Promise<Written> {
    return this.#write(scripts.acknowledge, place, handled);
  }

  claim(place: Place, from: number, to: number): Promise<Written> {
    return this.#write(scripts.claim, place, from, to);
  }

  record(place: Place, handled: number): Promise<Written> {
    return this.#write(scripts.record, place, handled);
  }

  giveBack(place: Place): Promise<Written> {
    return this.#write(scripts.giveBack, place);
  }

  detach(place: Place): Promise<Written> {
    return this.#write(scripts.detach, place);
  }

  lapse(place: Place): Promise<Written> {
    return this.#write(scripts.lapse, place);
  }

  end(place: Place): Promise<Written> {
    return this.#write(scripts.end, place);
  }

  async renew(process: string, heard: number): Promise<Lease> {
    const reply = await this.#server.run(scripts.renew, [process, heard, this.leaseMs]);
    const [told, ...moved] = (reply as readonly unknown[]).map(textOf);
    return { moved: moved.map(movedOf), told: Number(told) };
  }

  async leave(process: string): Promise<void> {
    this.#transactions.close();
    while (Number(await this.#server.run(scripts.leave, [process])) > 0);
  }

  transact(place: Place, number: number, run: (transaction: unknown) => unknown): Promise<void> {
    return this.#transactions.run(place, number, run);
  }

  async #write(
    script: Script,
    { session, epoch, process }: Place,
    ...args: readonly Argument[]
  ): Promise<Written> {
    return textOf(await this.#server.run(script, [session, epoch, process, ...args])) as Written;
  }
}

function movedOf(text: string): Lease['moved'][number] {
  const [session = '', epoch] = text.split(' ');
  return { session, epoch: Number(epoch) };
}
