/** An account of each connection over the whole run: how long it was up, and how its outages were. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { LifecycleEvent, StateEvent } from '../../actors/supervisor/events.ts';
import type { RttSample } from '../../actors/supervisor/samples.ts';

/** Times in milliseconds. */
export interface Entry {
  readonly connection: string;
  /** Alive or suspect, of the time since it was first dialled. */
  readonly upMs: number;
  readonly totalMs: number;
  /** Times without a connection that were not asked for; the first dial counts when it fails. */
  readonly outages: number;
  readonly longestMs: number;
  /** Whether the last outage goes on. */
  readonly down: boolean;
  /** Counts by reason, without those of this side. */
  readonly exits: Readonly<Record<string, number>>;
  /** Of the round trips that were measured, within 6%; absent when none was. */
  readonly rttMs?: RttQuantiles;
}

export interface RttQuantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Microseconds up to an hour, with a digit that counts: about 4 KB. */
const rttHistogram = { lowest: 1, highest: 3_600_000_000, figures: 1 };

interface Life {
  readonly since: number;
  upMs: number;
  upSince: number | undefined;
  downSince: number | undefined;
  outages: number;
  longestMs: number;
  endedAt: number | undefined;
  readonly exits: Map<string, number>;
  /** In microseconds. */
  rtt: RecordableHistogram | undefined;
}

export class Account {
  readonly #records = new Map<string, Life>();

  /** Begins the account of a connection, which may wait for its turn to dial. */
  expect(connection: string, now: number): void {
    if (this.#records.get(connection)?.endedAt === undefined && this.#records.has(connection)) return;
    this.#records.set(connection, fresh(now));
  }

  observe(event: LifecycleEvent, now: number): void {
    if (event.event === 'state') this.#moved(event, now);
    if (event.event !== 'gave-up' && event.event !== 'left') return;
    const record = this.#records.get(event.connection);
    if (record !== undefined && event.event === 'left') settle(record, now);
  }

  /** A round trip was measured. */
  sample({ connection, rttMs }: Pick<RttSample, 'connection' | 'rttMs'>): void {
    const record = this.#records.get(connection);
    if (record === undefined) return;
    record.rtt ??= createHistogram(rttHistogram);
    record.rtt.record(Math.max(1, Math.min(rttHistogram.highest, Math.round(rttMs * 1000))));
  }

  /** The worst first: those that are down, and then by the time that they were. */
  entries(now: number): readonly Entry[] {
    const entries = [...this.#records].map(([connection, record]) => entryOf(connection, record, now));
    return entries.sort(
      (a, b) => Number(b.down) - Number(a.down) || downMs(b) - downMs(a) || b.outages - a.outages,
    );
  }

  #moved({ connection, to, reason }: StateEvent, now: number): void {
    const known = this.#records.get(connection);
    const record = known?.endedAt === undefined && known !== undefined ? known : fresh(now);
    if (record !== known) this.#records.set(connection, record);
    if (to === 'alive') recovered(record, now);
    if (to !== 'closed') return;
    if (record.upSince !== undefined) record.upMs += now - record.upSince;
    record.upSince = undefined;
    if (reason === 'closed-by-us') return;
    if (reason !== undefined) record.exits.set(reason, (record.exits.get(reason) ?? 0) + 1);
    if (record.downSince !== undefined) return;
    record.downSince = now;
    record.outages++;
  }
}

function fresh(now: number): Life {
  return {
    since: now,
    upMs: 0,
    upSince: undefined,
    downSince: undefined,
    outages: 0,
    longestMs: 0,
    endedAt: undefined,
    exits: new Map(),
    rtt: undefined,
  };
}

function recovered(record: Life, now: number): void {
  record.upSince ??= now;
  if (record.downSince !== undefined) record.longestMs = Math.max(record.longestMs, now - record.downSince);
  record.downSince = undefined;
}

/** A connection that left for good is not down any more. */
function settle(record: Life, now: number): void {
  if (record.downSince !== undefined) record.longestMs = Math.max(record.longestMs, now - record.downSince);
  record.downSince = undefined;
  record.endedAt = now;
}

function entryOf(connection: string, record: Life, now: number): Entry {
  const until = record.endedAt ?? now;
  const running = record.upSince === undefined ? 0 : until - record.upSince;
  const isNew = record.outages === 0 && record.upMs + running === 0 && record.upSince === undefined;
  // Not one attempt has ended yet: down since it was asked for.
  const downSince = isNew && record.endedAt === undefined ? record.since : record.downSince;
  const lasting = downSince === undefined ? 0 : until - downSince;
  return {
    connection,
    upMs: Math.round(record.upMs + running),
    totalMs: Math.round(until - record.since),
    outages: Math.max(record.outages, downSince === undefined ? 0 : 1),
    longestMs: Math.round(Math.max(record.longestMs, lasting)),
    down: downSince !== undefined,
    exits: Object.fromEntries([...record.exits].sort(([, a], [, b]) => b - a)),
    ...(record.rtt !== undefined && { rttMs: quantilesOf(record.rtt) }),
  };
}

function quantilesOf(rtt: RecordableHistogram): RttQuantiles {
  const at = (percent: number) => rtt.percentile(percent) / 1000;
  return { p50: at(50), p95: at(95), p99: at(99), max: rtt.max / 1000 };
}

function downMs({ totalMs, upMs }: Entry): number {
  return totalMs - upMs;
}
