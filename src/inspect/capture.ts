/** Keeps what happens to the connections of a supervisor, as a page that watches all of them would get it, for a recording. */
import type { Subscription } from 'rxjs';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import { changedRow } from './changed-row.ts';
import { recordingOf } from './export.ts';
import { Feed } from './feed.ts';
import type { LabelsOf } from './labels.ts';
import type { RecordedConnection, Recording } from './recording-format.ts';
import type { Row } from './rows.ts';
import type { WatchedMessage } from './source.ts';
import type { Delta, SuspicionMessage } from './wire.ts';

/** Milliseconds between two looks at the list. */
const LOOK_MS = 250;
/** Milliseconds between two samples of a connection. */
const SAMPLE_MS = 1000;
/** Connections that are over, of which the row is kept. */
const GONE = 1000;

type List = 'transitions' | 'supervision' | 'samples' | 'suspicions' | 'lifecycle';

interface Kept {
  readonly connection: string;
  readonly list: List;
  readonly message: object;
  readonly bytes: number;
}

const listOf: Readonly<Partial<Record<WatchedMessage['type'], List>>> = {
  '@xstate.transition': 'transitions',
  supervision: 'supervision',
  suspicion: 'suspicions',
  lifecycle: 'lifecycle',
};

/** Begins with its construction, which comes before the first `connect`, and ends with `stop`, or with its supervisor. */
export class Capture {
  readonly #supervisor: Supervisor;
  readonly #feed: Feed;
  readonly #mostBytes: number;
  #kept: Kept[] = [];
  /** Index of the oldest that is kept. */
  #first = 0;
  #bytes = 0;
  /** Rows by their ids, also of connections that are over. */
  readonly #rows = new Map<string, Row>();
  readonly #gone = new Set<string>();
  readonly #events: Subscription;
  #looking: Subscription | undefined;
  #isDue = false;
  #sampledAt = Number.NEGATIVE_INFINITY;

  /** `mostBytes` of JSON are kept, the newest. */
  constructor(supervisor: Supervisor, mostBytes: number, labelsOf?: LabelsOf) {
    this.#supervisor = supervisor;
    this.#mostBytes = mostBytes;
    this.#feed = new Feed(supervisor, labelsOf);
    this.#events = supervisor.events$.subscribe({
      next: (event) => {
        if ('connection' in event && !this.#rows.has(event.connection)) this.#lookSoon();
      },
      complete: () => this.stop(),
    });
    this.#feed.open({ tell: (message) => this.#tell(message), announce: () => {}, failed: () => {} });
    this.#schedule();
  }

  /** Moves of the connection charts and the supervision charts that are kept. */
  get moves(): number {
    let count = 0;
    for (const { list } of this.#kept.slice(this.#first))
      if (list === 'transitions' || list === 'supervision') count++;
    return count;
  }

  stop(): void {
    this.#looking?.unsubscribe();
    this.#events.unsubscribe();
    for (const id of this.#rows.keys()) this.#feed.unwatch(id);
    this.#feed.close();
    this.#feed.end();
  }

  /** What is kept, of every connection that was seen, with the flight recorder's moves of those that are there. */
  recording(): Recording {
    this.#look();
    const { connections, ...rest } = recordingOf(this.#supervisor);
    const present = new Set(connections.map(({ row }) => row.id));
    const gone = [...this.#rows.values()].filter(({ id }) => !present.has(id));
    const all = [...connections, ...gone.map((row) => ({ row, history: [], ...emptyLists() }))];
    const kept = this.#grouped();
    return {
      ...rest,
      // The list has traffic, labels and the newest round trips, which the supervisor alone does not tell.
      connections: all.map(
        ({ row, ...each }) =>
          ({ ...each, row: this.#rows.get(row.id) ?? row, ...kept.get(row.id) }) as RecordedConnection,
      ),
    };
  }

  #schedule(): void {
    this.#looking = this.#supervisor.clock.scheduler.schedule(() => {
      this.#look();
      this.#schedule();
    }, LOOK_MS);
  }

  /** At the end of the turn, before a first dial can be refused: what gives up at once is over at the next look. */
  #lookSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      if (!this.#events.closed) this.#look();
    });
  }

  #look(): void {
    for (const delta of this.#feed.poll()) this.#follow(delta);
    const now = this.#supervisor.clock.scheduler.now();
    if (now - this.#sampledAt < SAMPLE_MS) return;
    this.#sampledAt = now;
    for (const { connection, samples } of this.#feed.samples())
      for (const sample of samples) this.#keep(connection, 'samples', sample);
  }

  /** Watches what is new in the list; the row of what leaves it stays as it was last. */
  #follow({ added = [], changed = [], removed = [] }: Delta): void {
    for (const row of added) {
      this.#gone.delete(row.id);
      this.#rows.set(row.id, row);
      this.#feed.watch(row.id);
    }
    for (const change of changed) {
      const row = this.#rows.get(change.id);
      if (row !== undefined) this.#rows.set(change.id, changedRow(row, change));
    }
    for (const id of removed) {
      this.#gone.add(id);
      this.#feed.unwatch(id);
    }
    for (const oldest of [...this.#gone].slice(0, Math.max(0, this.#gone.size - GONE))) {
      this.#gone.delete(oldest);
      this.#rows.delete(oldest);
    }
  }

  #tell(message: WatchedMessage): void {
    const list = listOf[message.type];
    if (list !== undefined) this.#keep(message.connection, list, message);
  }

  #keep(connection: string, list: List, message: object): void {
    const bytes = JSON.stringify(message).length;
    this.#kept.push({ connection, list, message, bytes });
    this.#bytes += bytes;
    while (this.#bytes > this.#mostBytes) {
      this.#bytes -= this.#kept[this.#first]?.bytes ?? 0;
      // The list is cut once half of it is of no use.
      this.#kept[this.#first] = forgotten;
      this.#first++;
    }
    if (this.#first <= this.#kept.length / 2) return;
    this.#kept = this.#kept.slice(this.#first);
    this.#first = 0;
  }

  #grouped(): ReadonlyMap<string, Lists> {
    const groups = new Map<string, Lists>();
    for (let at = this.#first; at < this.#kept.length; at++) {
      const { connection, list, message } = this.#kept[at] ?? forgotten;
      const lists = groups.get(connection) ?? emptyLists();
      groups.set(connection, lists);
      lists[list].push(message);
    }
    for (const lists of groups.values()) lists.suspicions = lastOfEach(lists.suspicions);
    return groups;
  }
}

type Lists = Record<List, object[]>;

function emptyLists(): Lists {
  return { transitions: [], supervision: [], samples: [], suspicions: [], lifecycle: [] };
}

const forgotten: Kept = { connection: '', list: 'samples', message: {}, bytes: 0 };

/** A suspicion is told again, with its end. */
function lastOfEach(suspicions: readonly object[]): object[] {
  return [...new Map(suspicions.map((span) => [(span as SuspicionMessage).at, span])).values()];
}
