/**
 * The list of connections, polled ten times a second while a viewer is attached. Connections report nothing by
 * themselves, so that they cost the same with and without a viewer.
 */

import type { HistoryEntry } from '../actors/incarnation/recorder.ts';
import type { EndedEvent, LifecycleEvent } from '../actors/supervisor/events.ts';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import type { DetachedView } from '../base/session-view.ts';
import { FleetBand, presentOf, stretchesOf } from './band.ts';
import { countsOf } from './counts.ts';
import { type LabelsOf, labelsBy } from './labels.ts';
import { rowPeerOf } from './peers.ts';
import { changeOf, rounded, rowOf } from './row.ts';
import { type Counts, type Gate, type Row, RTT_HISTORY } from './rows.ts';
import { rowOfDetached, sameSession, waitingSessionOf } from './session-rows.ts';
import {
  connectionsOf,
  detachedOf,
  gatesOf,
  type Inspected,
  snapshotOf,
  type Time,
} from './supervisor-view.ts';
import { remembered, type Tracked, unknown } from './tracked.ts';
import { TrafficMeter } from './traffic.ts';
import type { Delta, FullList } from './wire.ts';

/** Milliseconds for which a connection that is over stays in the list; accepted ones are far more frequent. */
const ENDED_MS = { dial: 60_000, accept: 5_000 } as const;
/** Milliseconds between two polls, above which the list was not looked at. */
const GAP_MS = 5000;
/** Remembered connections that gave up while no viewer was attached. */
const GAVE_UP = 100;

/** Milliseconds between two looks at traffic. */
const MEASURE_MS = 1000;

export class Registry {
  readonly #supervisor: Supervisor;
  readonly #time: Time;
  readonly #rows = new Map<string, Tracked>();
  readonly #gaveUp = new Map<string, EndedEvent>();
  readonly #labelsOf: LabelsOf | undefined;
  readonly #traffic: TrafficMeter;
  /** Ids of connections whose peers are looked at. */
  readonly #described = new Set<string>();
  #measuredAt = 0;
  #counts: Counts | undefined;
  #gates: readonly Gate[] = [];
  #band: FleetBand | undefined;

  constructor(supervisor: Supervisor, time: Time, labelsOf?: LabelsOf) {
    this.#supervisor = supervisor;
    this.#time = time;
    this.#labelsOf = labelsOf;
    this.#traffic = new TrafficMeter(supervisor, time);
  }

  /** Remembers a connection that gave up, for viewers that attach later. */
  remember(event: LifecycleEvent): void {
    if (event.event === 'gave-up') {
      this.#gaveUp.set(event.connection, event);
      const [oldest] = this.#gaveUp.keys();
      if (this.#gaveUp.size > GAVE_UP && oldest !== undefined) this.#gaveUp.delete(oldest);
    } else if (event.event === 'state') this.#gaveUp.delete(event.connection);
  }

  /** Called when the first viewer attaches. */
  open(): void {
    for (const event of this.#gaveUp.values())
      this.#rows.set(event.connection, remembered(event, this.#time));
    this.#traffic.open();
    this.#measuredAt = this.#time.now();
    this.poll();
    this.#band = this.#pastBand();
  }

  /** Of the connections that are listed: what others did in the last hour is not known any more. */
  #pastBand(): FleetBand {
    const now = this.#time.now();
    const band = new FleetBand(now);
    for (const { connection, history, row } of this.#rows.values()) {
      const entries = (connection?.history() ?? history).map(({ at, ...entry }) => ({
        ...entry,
        at: this.#time.ofWall(at),
      }));
      const known = entries.length > 0 ? stretchesOf(entries, now) : presentOf(row, now);
      for (const stretch of known) band.add(stretch);
    }
    return band;
  }

  /** Called when the last viewer has left. */
  close(): void {
    this.#traffic.close();
    this.#described.clear();
    this.#rows.clear();
    this.#counts = this.#band = undefined;
    this.#gates = [];
  }

  /** Looks at the peer of a connection from now on, or no longer. */
  describe(id: string, on: boolean): void {
    if (on) this.#described.add(id);
    else this.#described.delete(id);
  }

  /** Finds a listed connection, running or over. */
  find(
    id: string,
  ): { readonly row: Row; history(): readonly HistoryEntry[]; connection?: Inspected } | undefined {
    const tracked = this.#rows.get(id);
    if (tracked === undefined) return undefined;
    const { row, connection, history } = tracked;
    return { row, history: () => connection?.history() ?? history, ...(connection && { connection }) };
  }

  full(): FullList {
    const rows = Array.from(this.#rows.values(), ({ row, rtts }) => ({
      ...row,
      ...(rtts.length > 0 && { rtts }),
    }));
    return {
      type: 'full',
      now: this.#time.now(),
      rows,
      counts: this.#counts ?? this.#count(),
      gates: this.#gates,
      ...(this.#band && { band: this.#band.view() }),
    };
  }

  /** The changes since the last call; undefined for none. */
  poll(): Delta | undefined {
    const now = this.#time.now();
    const [added, changed] = [[], []] as [Row[], object[]];
    for (const connection of connectionsOf(this.#supervisor)) this.#pollOne(connection, added, changed);
    const removed = this.#pollOver(now, added, changed);
    for (const id of this.#described) this.#lookAtPeer(id, changed);
    if (now - this.#measuredAt >= MEASURE_MS) this.#measure(now, changed);
    const delta = {
      ...(added.length > 0 && { added }),
      ...(changed.length > 0 && { changed: changed as NonNullable<Delta['changed']> }),
      ...(removed.length > 0 && { removed }),
      ...this.#totals(),
    };
    return Object.keys(delta).length === 0 ? undefined : { type: 'delta', now, ...delta };
  }

  /** The peer of a socket is the same until its end. */
  #lookAtPeer(id: string, changed: object[]): void {
    const tracked = this.#rows.get(id);
    if (tracked?.connection === undefined || tracked.peerOf === tracked.connection.incarnation) return;
    const peer = rowPeerOf(tracked.connection);
    if (peer === undefined) return;
    tracked.peerOf = tracked.connection.incarnation;
    tracked.row = { ...tracked.row, peer };
    changed.push({ id, peer });
  }

  #measure(now: number, changed: object[]): void {
    const seconds = (now - this.#measuredAt) / 1000;
    this.#measuredAt = now;
    for (const tracked of this.#rows.values()) {
      const { connection, row } = tracked;
      const traffic = connection && this.#traffic.read(connection, row.traffic, seconds);
      if (traffic === undefined) continue;
      tracked.row = { ...row, traffic };
      changed.push({ id: row.id, traffic });
    }
  }

  /** Connections that are over, of which some have left a session. Returns the ids of those that leave the list. */
  #pollOver(now: number, added: Row[], changed: object[]): readonly string[] {
    const detached = detachedOf(this.#supervisor);
    const over = [...this.#rows.values()].filter((tracked) => this.#isOver(tracked));
    for (const tracked of over) {
      if (tracked.endedAt === undefined && tracked.connection)
        this.#pollOne(tracked.connection, added, changed);
      tracked.endedAt ??= now;
      if (this.#holds(tracked, detached.get(tracked.row.id), changed)) tracked.endedAt = now;
    }
    for (const [id, view] of detached) if (!this.#rows.has(id)) added.push(this.#detached(view));
    const gone = over.filter(({ endedAt, row }) => now - (endedAt ?? now) >= ENDED_MS[row.side]);
    for (const { row } of gone) this.#rows.delete(row.id);
    return gone.map(({ row }) => row.id);
  }

  /** A connection stays in the list while the session that it had waits for the next one. */
  #holds(tracked: Tracked, view: DetachedView | undefined, changed: object[]): boolean {
    const before = tracked.row;
    if (view === undefined && before.session?.until === undefined) return false;
    const { session: _, ...row } = before;
    tracked.row = view === undefined ? row : { ...row, session: waitingSessionOf(view, this.#time) };
    const change = changeOf(before, tracked.row);
    if (change !== undefined) changed.push(change);
    return view !== undefined;
  }

  #detached(view: DetachedView): Row {
    const row = rowOfDetached(view, this.#time);
    this.#rows.set(row.id, { ...unknown, history: [], row, rtts: [], endedAt: undefined });
    return row;
  }

  #pollOne(connection: Inspected, added: Row[], changed: object[]): void {
    const tracked = this.#rows.get(connection.id);
    if (tracked?.connection !== connection) {
      const fresh = this.#track(connection);
      if (tracked === undefined)
        added.push({ ...fresh.row, ...(fresh.rtts.length > 0 && { rtts: fresh.rtts }) });
      else changed.push({ ...changeOf(tracked.row, fresh.row), id: connection.id });
      return;
    }
    const { supervision, rtt } = connection;
    const { state: phase, wait } = supervision;
    const snapshot = snapshotOf(connection);
    const session = connection.sessionView;
    const same = sameSession(session, tracked.session) && phase === tracked.phase && wait === tracked.wait;
    if (same && rtt === tracked.rtt && snapshot === tracked.snapshot) return;
    const row = rowOf(connection, this.#time, tracked.row);
    const sampled = rtt !== undefined && rtt !== tracked.rtt ? [rounded(rtt.last)] : [];
    const change = changeOf(tracked.row, row);
    tracked.rtts = [...tracked.rtts, ...sampled].slice(-RTT_HISTORY);
    Object.assign(tracked, { row, phase, wait, rtt, snapshot, session, endedAt: undefined });
    if (change !== undefined || sampled.length > 0) {
      changed.push({ ...change, ...(sampled.length > 0 && { rtts: sampled }), id: row.id });
    }
  }

  #track(connection: Inspected): Tracked {
    const { supervision, rtt } = connection;
    const { state: phase, wait } = supervision;
    const labels = labelsBy(this.#labelsOf, connection);
    const tracked: Tracked = {
      connection,
      history: [],
      row: { ...rowOf(connection, this.#time), ...(labels && { labels }) },
      rtts: rtt === undefined ? [] : [rounded(rtt.last)],
      phase,
      wait,
      rtt,
      snapshot: snapshotOf(connection),
      session: connection.sessionView,
      endedAt: undefined,
    };
    this.#rows.set(connection.id, tracked);
    return tracked;
  }

  #isOver({ row, connection }: Tracked): boolean {
    const current = this.#supervisor.get(row.id) as unknown;
    return current === undefined || current !== connection;
  }

  #count(): Counts {
    return countsOf(Array.from(this.#rows.values(), ({ row }) => row));
  }

  /** The counts before a pause do not hold for it: what happened meanwhile is in the flight recorders. */
  #goOn(counts: Counts): void {
    const now = this.#time.now();
    if (this.#band === undefined) return;
    if (now - this.#band.at > GAP_MS) this.#band = this.#pastBand();
    else this.#band.advance(now, counts);
  }

  #totals(): Pick<Delta, 'counts' | 'gates'> {
    const counts = this.#count();
    this.#goOn(this.#counts ?? counts);
    const gates = gatesOf(this.#supervisor, this.#time);
    const news = {
      ...(JSON.stringify(counts) !== JSON.stringify(this.#counts) && { counts }),
      ...(JSON.stringify(gates) !== JSON.stringify(this.#gates) && { gates }),
    };
    this.#counts = counts;
    this.#gates = gates;
    return news;
  }
}
