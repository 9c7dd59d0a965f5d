/** Lookups of names: one under way for each name, shared by all dials that wait for it. */
import { lookup as systemLookup } from 'node:dns';
import { isError } from '../policy/exits.ts';
import { systemClock } from '../time/clock.ts';
import { LookupLanes } from './lookup-lanes.ts';

/** An address as `dns.lookup` of Node tells it. */
interface LookupAddress {
  readonly address: string;
  readonly family: number;
}

/**
 * As `dns.lookup` of Node, called with `all: true`; it may answer with one address nevertheless. It must call back: no
 * second lookup of a name begins before the first has ended.
 */
export type Lookup = (
  hostname: string,
  options: { readonly all: true; readonly family: 0 | 4 | 6 },
  callback: (error: Error | null, addresses: string | readonly LookupAddress[], family?: number) => void,
) => void;

/** The result of a lookup: at least one address, or an error. */
export type Found = readonly string[] | Error;

interface Job {
  readonly host: string;
  readonly family: 0 | 4 | 6;
  readonly waiting: Set<(found: Found) => void>;
}

/** The lookups that libuv runs at once: half of its threads. */
const systemLookups = Math.max(1, ((Number(process.env.UV_THREADPOOL_SIZE) || 4) + 1) >> 1);

export class Lookups {
  readonly #lookup: Lookup;
  readonly #lanes: LookupLanes;
  readonly #now: () => number;
  readonly #jobs = new Map<string, Job>();

  /** `limit`: lookups under way at once. */
  constructor(lookup: Lookup, limit: number, now = () => systemClock.scheduler.now()) {
    this.#lookup = lookup;
    this.#lanes = new LookupLanes(limit);
    this.#now = now;
  }

  /** Calls `done` in a later turn. The result gives up: no lookup begins that no dial waits for. */
  find(host: string, family: 0 | 4 | 6, done: (found: Found) => void): () => void {
    const key = `${family} ${host}`;
    const job = this.#jobs.get(key) ?? { host, family, waiting: new Set() };
    this.#jobs.set(key, job);
    job.waiting.add(done);
    this.#lanes.want(key);
    this.#begin();
    return () => {
      job.waiting.delete(done);
      if (job.waiting.size > 0 || this.#lanes.isRunning(key)) return;
      this.#lanes.forget(key);
      this.#jobs.delete(key);
    };
  }

  #begin(): void {
    for (let key = this.#lanes.next(this.#now()); key !== undefined; key = this.#lanes.next(this.#now())) {
      this.#run(key, this.#jobs.get(key) as Job);
    }
  }

  #run(key: string, { host, family }: Job): void {
    const ended = (found: Found) => queueMicrotask(() => this.#ended(key, found));
    try {
      this.#lookup(host, { all: true, family }, (error, addresses) => {
        ended(error ?? (addressesOf(addresses) || nothingFound(host)));
      });
    } catch (error) {
      ended(isError(error) ? error : new Error(String(error)));
    }
  }

  #ended(key: string, found: Found): void {
    const job = this.#jobs.get(key);
    // A lookup function of the user may call back twice.
    if (job === undefined || !this.#lanes.isRunning(key)) return;
    this.#jobs.delete(key);
    this.#lanes.ended(key, this.#now());
    for (const done of job.waiting) done(found);
    this.#begin();
  }
}

const bySystem = new Lookups(systemLookup as Lookup, systemLookups);
const byOther = new WeakMap<Lookup, Lookups>();

/** Shared by all transports of the process that look names up alike. */
export function lookupsBy(lookup: Lookup | undefined): Lookups {
  if (lookup === undefined || lookup === (systemLookup as Lookup)) return bySystem;
  const known = byOther.get(lookup) ?? new Lookups(lookup, Number.POSITIVE_INFINITY);
  byOther.set(lookup, known);
  return known;
}

function addressesOf(found: string | readonly LookupAddress[]): readonly string[] | undefined {
  const list = typeof found === 'string' ? [found] : found.map(({ address }) => address);
  return list.length === 0 ? undefined : list;
}

function nothingFound(host: string): Error {
  return Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' });
}
