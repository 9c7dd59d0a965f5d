/** Sessions in the memory of this process: the default. They end with it. */
import { HoldfastError } from '../base/errors.ts';
import type { Clock } from '../time/clock.ts';
import type {
  Claimant,
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
} from './store.ts';
import { giveBack, granted, holds, isAt, isHolding, type Stored, sentOf, storedOf } from './stored.ts';

/** A process that shares the store. */
interface Leaseholder {
  until: number;
  /** The number of the first session in `moved`. */
  first: number;
  moved: Lease['moved'];
}

/** Milliseconds between two looks for sessions that lapsed. */
const SWEEP = 1000;

const refused = (reason: Refusal['reason']): Refusal => ({ kind: 'refused', reason });

/** `leaseMs` other than `null`: for tests of several processes, which share one object. */
export class MemoryStore implements SessionStore {
  readonly name = 'memory';
  readonly shared: boolean;
  readonly leaseMs: number | null;
  readonly #sessions = new Map<string, Stored>();
  /** By identity and instance, the session that they opened. */
  readonly #opened = new Map<string, Stored>();
  readonly #perIdentity = new Map<string, number>();
  readonly #leases = new Map<string, Leaseholder>();
  #clock: Clock | undefined;
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor(leaseMs: number | null = null) {
    this.leaseMs = leaseMs;
    this.shared = leaseMs !== null;
  }

  async begin({ clock, process }: StoreProcess): Promise<void> {
    this.#clock ??= clock;
    if (this.leaseMs !== null) await this.renew(process, 0);
  }

  async open(request: OpenRequest): Promise<Granted | Waiting | Refusal> {
    const { identity, instance, maxSessions } = request;
    const known = this.#living(this.#opened.get(keyOf(identity, instance))?.session);
    if (known !== undefined) return this.#taken(known, request, 0);
    const own = this.#perIdentity.get(identity) ?? 0;
    const isFull =
      this.#count(maxSessions.total) >= maxSessions.total ||
      (identity !== '' && own >= maxSessions.perIdentity);
    if (isFull) return refused('unavailable');
    // An opening that was repeated late: another instance has resumed the session since.
    if (this.#living(request.session) !== undefined) return refused('replaced');
    const stored = storedOf(request);
    this.#sessions.set(stored.session, stored);
    this.#opened.set(keyOf(identity, instance), stored);
    this.#perIdentity.set(identity, own + 1);
    return granted(stored, 0, false);
  }

  async resume(request: ResumeRequest): Promise<Granted | Waiting | Refusal> {
    const stored = this.#living(request.session);
    if (stored === undefined) return refused('unknown-session');
    if (stored.identity !== request.identity) return refused('not-yours');
    const isSame = stored.instance === request.instance;
    if (!isSame && stored.epoch !== request.epoch) return refused('replaced');
    // The dialling side names the session: it has had a welcome, also where the process died before it recorded an ack.
    stored.isKept = true;
    return this.#taken(stored, request, request.have);
  }

  append(place: Place, from: number, frames: readonly Uint8Array[]): Written {
    return this.#written(place, (stored) => {
      const sent = sentOf(stored);
      if (from > sent + 1) return 'gap';
      for (let at = sent + 1 - from; at < frames.length; at++) stored.log.push(frames[at] as Uint8Array);
      return 'ok';
    });
  }

  acknowledge(place: Place, handled: number): Written {
    return this.#written(place, (stored) => {
      if (handled > sentOf(stored)) return 'gap';
      stored.isKept = true;
      if (handled <= stored.acked) return 'ok';
      // An array that was emptied keeps its memory.
      stored.log = handled === sentOf(stored) ? [] : stored.log.slice(handled - stored.acked);
      stored.acked = handled;
      return 'ok';
    });
  }

  claim(place: Place, from: number, to: number): Written {
    return this.#written(place, (stored) => {
      const last = stored.claimant === place.process ? stored.claimed : stored.handled;
      if (from > last + 1) return 'gap';
      stored.claimant = place.process;
      stored.claimed = Math.max(last, to);
      return 'ok';
    });
  }

  record(place: Place, handled: number): Written {
    const stored = this.#sessions.get(place.session);
    if (stored === undefined) return 'gone';
    if (handled > stored.handled && !holds(stored, place, handled)) return 'gap';
    stored.handled = Math.max(stored.handled, handled);
    return isAt(stored, place) ? 'ok' : 'moved';
  }

  giveBack(place: Place): Written {
    const stored = this.#sessions.get(place.session);
    if (stored === undefined) return 'gone';
    if (stored.claimant === place.process) giveBack(stored);
    return isAt(stored, place) ? 'ok' : 'moved';
  }

  detach(place: Place): Written {
    return this.#written(place, (stored) => this.#detach(stored));
  }

  lapse(place: Place): Written {
    return this.#written(place, () => 'ok');
  }

  end(place: Place): Written {
    const stored = this.#living(place.session);
    if (stored === undefined) return 'gone';
    return isAt(stored, place) || isHolding(stored, place) ? this.#forget(stored) : 'moved';
  }

  async renew(process: string, heard: number): Promise<Lease> {
    const lease = this.#leases.get(process) ?? { until: 0, first: 1, moved: [] };
    this.#leases.set(process, lease);
    lease.until = this.#now() + (this.leaseMs ?? Number.POSITIVE_INFINITY);
    const heardOf = Math.max(0, heard + 1 - lease.first);
    lease.moved = lease.moved.slice(heardOf);
    lease.first += heardOf;
    return { moved: lease.moved, told: lease.first + lease.moved.length - 1 };
  }

  async leave(process: string): Promise<void> {
    this.#leases.delete(process);
    for (const stored of [...this.#sessions.values()]) {
      if (stored.claimant === process) giveBack(stored);
      if (stored.owner === process && stored.detachedAt === undefined) this.#detach(stored);
    }
  }

  async transact(place: Place, number: number, run: (transaction: unknown) => unknown): Promise<void> {
    this.#assertHeld(place, number);
    await run(undefined);
    this.#assertHeld(place, number);
    this.record(place, number);
  }

  #assertHeld(place: Place, number: number): void {
    const stored = this.#sessions.get(place.session);
    if (stored !== undefined && holds(stored, place, number) && stored.handled === number - 1) return;
    throw new HoldfastError('replaced', `message ${number} of the session is not claimed by this process`);
  }

  /** A grant, unless the claimant is older than one that was granted before. The same one again changes nothing. */
  #taken(stored: Stored, claimant: Claimant, have: number): Granted | Waiting | Refusal {
    const isSame = stored.instance === claimant.instance;
    const isRepeated = isSame && stored.attempt === claimant.attempt && stored.owner === claimant.process;
    if (isSame && claimant.attempt <= stored.attempt && !isRepeated) return refused('replaced');
    if (!isRepeated) this.#move(stored, claimant);
    if (this.#isHeldElsewhere(stored, claimant.process))
      return { kind: 'waiting', session: stored.session, epoch: stored.epoch };
    return granted(stored, have, !(isRepeated && stored.epoch === 1));
  }

  #move(stored: Stored, { process, instance, attempt, identity }: Claimant): void {
    const { session, owner } = stored;
    const lease = owner === process ? undefined : this.#leases.get(owner);
    if (lease !== undefined) lease.moved = [...lease.moved, { session, epoch: stored.epoch + 1 }];
    this.#unlist(stored);
    this.#opened.set(keyOf(identity, instance), stored);
    stored.owner = process;
    stored.instance = instance;
    stored.attempt = attempt;
    stored.epoch++;
    stored.detachedAt = undefined;
  }

  /** Another process may be handing out what it has claimed. A claim without its lease is void, and its messages come again. */
  #isHeldElsewhere(stored: Stored, process: string): boolean {
    const { claimant } = stored;
    if (claimant === undefined || claimant === process || stored.claimed <= stored.handled) return false;
    const { until } = this.#leases.get(claimant) ?? { until: 0 };
    if (until > this.#now()) return true;
    stored.doubtful = Math.max(stored.doubtful, stored.claimed);
    giveBack(stored);
    return false;
  }

  #written(place: Place, write: (stored: Stored) => Written): Written {
    const stored = this.#living(place.session);
    if (stored === undefined) return 'gone';
    return isAt(stored, place) ? write(stored) : 'moved';
  }

  /** The session, unless `keepFor` has passed. Without a first `acknowledge` it has ended with its socket. */
  #living(session: string | undefined): Stored | undefined {
    const stored = session === undefined ? undefined : this.#sessions.get(session);
    if (stored === undefined) return undefined;
    const { detachedAt, keepFor } = stored;
    if (detachedAt === undefined || this.#now() - detachedAt <= keepFor) return stored;
    this.#forget(stored);
    return undefined;
  }

  /** Sessions that are kept. Looks for those that lapsed only where there would be too many, and at most once a second. */
  #count(most: number): number {
    const now = this.#now();
    if (this.#sessions.size < most || now - this.#sweptAt < SWEEP) return this.#sessions.size;
    this.#sweptAt = now;
    for (const id of [...this.#sessions.keys()]) this.#living(id);
    return this.#sessions.size;
  }

  #detach(stored: Stored): Written {
    if (!stored.isKept) return this.#forget(stored);
    stored.detachedAt ??= this.#now();
    return 'ok';
  }

  #forget(stored: Stored): 'ok' {
    const { session, identity } = stored;
    this.#sessions.delete(session);
    this.#unlist(stored);
    const left = (this.#perIdentity.get(identity) ?? 1) - 1;
    if (left > 0) this.#perIdentity.set(identity, left);
    else this.#perIdentity.delete(identity);
    return 'ok';
  }

  /** The key of an instance that has resumed another session since leads to that one, and stays. */
  #unlist(stored: Stored): void {
    const key = keyOf(stored.identity, stored.instance);
    if (this.#opened.get(key) === stored) this.#opened.delete(key);
  }

  #now(): number {
    if (this.#clock === undefined) throw new Error('the store was asked before `begin`');
    return this.#clock.scheduler.now();
  }
}

function keyOf(identity: string, instance: string): string {
  return identity === '' ? instance : `${instance} ${identity}`;
}
