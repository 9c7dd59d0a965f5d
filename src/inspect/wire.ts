/**
 * The protocol between the inspector's server and its page, and between a reporter and the server, which is then in the
 * place of the page: JSON, one message a WebSocket frame, described in docs/inspector.md. Apart from constants this file
 * has types only, so that the page can import it.
 *
 * All times are milliseconds since the epoch, counted by the server's monotonic clock from one reading
 * of its wall clock: they never run backwards. `now` in a message is the server's time at sending, from
 * which a page gets the offset of its own clock.
 */

import type { HistoryEntry } from '../actors/incarnation/recorder.ts';
import type { ConnectionState } from '../machines/connection.ts';
import type { SupervisionEvent } from '../machines/supervision.ts';
import type { Band } from './band.ts';
import type { ChartLayout } from './chart-layout.ts';
import type { ChartModel } from './chart-model.ts';
import type { Counts, Gate, Row, RowChange } from './rows.ts';
import type { Acted, Proposed } from './wire-actions.ts';
import type { ProcessMessage } from './wire-process.ts';
import type { OfReporter } from './wire-requests.ts';

/** Grows when a page of the version before could misread a message. New fields do not count. */
export const WIRE_VERSION = 4;

/** The path of the socket; the token goes into the query, as in the page's own URL: `/wire?token=…`. */
export const WIRE_PATH = '/wire';

/** The path of the socket of a reporter: `/report?token=…`. */
export const REPORT_PATH = '/report';

// --- charts

export interface Machine {
  /** The id of the root node, such as `connection`. */
  readonly id: string;
  readonly model: ChartModel;
  /** Absent for a chart that was not laid out by the build, such as a user's own. */
  readonly layout?: ChartLayout;
}

// --- server to page

export type ServerMessage =
  | Hello
  | FullList
  | Delta
  | Beat
  | ProcessMessage
  | ActorMessage
  | TransitionMessage
  | SupervisionMessage
  | BusinessMessage
  | HistoryMessage
  | SamplesMessage
  | SuspicionMessage
  | LifecycleMessage
  | ReporterMessage
  | Proposed
  | Acted
  | Refused;

/** The first message; once. From a reporter, too. */
export interface Hello {
  readonly type: 'hello';
  readonly version: typeof WIRE_VERSION;
  readonly now: number;
  /** Such as `holdfast 0.1.0`. */
  readonly server: string;
  /** The operating system's id of the process; absent in a browser. */
  readonly pid?: number;
  /** Whether messages may be asked for; see `Options`. */
  readonly mayShowMessages: boolean;
  /** Present where actions are on; never from a reporter. */
  readonly mayAct?: true;
  readonly machines: readonly Machine[];
  /** Sent by a reporter only. */
  readonly identity?: Identity;
}

/** How a reporter calls itself, and the id by which an inspector knows it again when its socket was cut. */
export interface Identity {
  readonly name: string;
  /** Random, at least 16 characters. */
  readonly id: string;
}

/** A reporter, at first and whenever its status changes. */
export interface ReporterMessage {
  readonly type: 'reporter';
  readonly reporter: string;
  readonly now: number;
  /** Name and version of its package, as in `hello`. */
  readonly server: string;
  readonly pid?: number;
  /**
   * `silent`: connected, and no beat for `SILENT_MS`: frozen, or stopped by a debugger. `gone`: its socket is closed.
   * `removed`: its connections leave the list.
   */
  readonly status: 'reporting' | 'silent' | 'gone' | 'removed';
  /** When it was last heard of: its connections are shown as they were then. */
  readonly heardAt: number;
  /** Absent where they are those of the inspector's `hello`. */
  readonly machines?: readonly Machine[];
}

/** The whole list: after `hello`, and again after a pause. Rows in the order in which they were made. */
export interface FullList extends OfReporter {
  readonly type: 'full';
  readonly now: number;
  readonly rows: readonly Row[];
  readonly counts: Counts;
  readonly gates: readonly Gate[];
  /** The last hour, from flight recorders and counts; a page goes on with the counts of deltas. */
  readonly band?: Band;
}

/** Changes since the last list or delta; at most ten a second, none when nothing has changed. */
export interface Delta extends OfReporter {
  readonly type: 'delta';
  readonly now: number;
  /** New rows, complete. */
  readonly added?: readonly Row[];
  /** The fields of known rows that differ; `null` for a field that is gone. */
  readonly changed?: readonly RowChange[];
  /** Ids of rows that are gone. Connections that ended stay for a while, with their last state. */
  readonly removed?: readonly string[];
  /** Absent: as before. */
  readonly counts?: Counts;
  /** Absent: as before; otherwise all of them. */
  readonly gates?: readonly Gate[];
}

/** Milliseconds between two beats, to each page, also one that is paused. */
export const BEAT_MS = 1000;

/** Silence after which a process counts as frozen, or out of reach. */
export const SILENT_MS = 3.5 * BEAT_MS;

/** The process runs: a page that hears nothing for several of them shows that it is frozen, or out of reach. */
export interface Beat {
  readonly type: 'beat';
  readonly now: number;
}

// --- server to page, for watched connections only

/** Fields of every message about one watched connection. */
interface OfWatched extends OfReporter {
  /** The connection's id. */
  readonly connection: string;
  readonly at: number;
}

/** An actor of a watched connection: at once for the running one, then for each that starts. */
export interface ActorMessage extends OfWatched {
  readonly type: '@xstate.actor';
  /** `id#incarnation`; XState's session id is not stable across runs. */
  readonly actor: string;
  readonly parent: string;
  readonly machine: string;
  readonly incarnation: number;
  readonly snapshot: SnapshotView;
}

/** An event that an actor received, and the transitions that it took. */
export interface TransitionMessage extends OfWatched {
  readonly type: '@xstate.transition';
  /** Grows by one with each transition of this connection while it is watched, without gaps. */
  readonly seq: number;
  /** The sender: an actor, or `timer`, `socket`, `protocol`, `platform`, `user`, `supervisor`. */
  readonly source: string;
  /** The receiver: `id#incarnation`. */
  readonly actor: string;
  readonly incarnation: number;
  readonly event: EventView;
  /** Node ids before and after; absent where the receiver is no chart, or `from` at the start. */
  readonly from?: string;
  readonly to?: string;
  /** The transitions taken, in order; empty for an event that is `unhandled`. */
  readonly microsteps: readonly Microstep[];
  /** The chart has no transition for this event in this state: it was dropped. */
  readonly unhandled?: true;
  readonly snapshot?: SnapshotView;
}

export interface Microstep {
  /** Ids of edges of the chart. */
  readonly edges: readonly string[];
  /** The guard that let it through, as in the chart. */
  readonly guard?: string;
  /** Names of the actions. */
  readonly actions: readonly string[];
}

/** An event as text: fields are printed, bounded and redacted; never the payload of a message. */
export interface EventView {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface SnapshotView {
  readonly status: string;
  /** XState's state value: `alive`, or `{"suspect":"silent"}`. */
  readonly value?: unknown;
  readonly context?: unknown;
  readonly output?: unknown;
}

/** A step of a watched connection's supervision chart, which follows the exits of its incarnations. */
export interface SupervisionMessage extends OfWatched {
  readonly type: 'supervision';
  readonly incarnation: number;
  readonly event: SupervisionEvent['type'];
  /** Node ids before and after, such as `supervision.running.kept`; the same where the step only acts. */
  readonly from: string;
  readonly to: string;
}

/** A message of the user's that arrived. Only after `options` with `messages`. */
export interface BusinessMessage extends OfWatched {
  readonly type: 'message';
  /** Printed and bounded. */
  readonly text: string;
}

/** The entries of the flight recorder for a connection: once, when it begins to be watched. */
export interface HistoryMessage extends OfWatched {
  readonly type: 'history';
  /** Oldest first. */
  readonly entries: readonly HistoryEntry[];
}

/** Measurements since the last message of this type, at the pace of the deltas. */
export interface SamplesMessage extends OfWatched {
  readonly type: 'samples';
  readonly samples: readonly Sample[];
}

/** A measurement of the liveness of an incarnation. */
export interface Sample {
  readonly at: number;
  /** Milliseconds since the last inbound byte. */
  readonly silenceMs: number;
  /** Silence after an unanswered probe becomes suspicious after this. */
  readonly rtoMs: number;
  /** Unanswered probes. */
  readonly probes: number;
  readonly queuedBytes: number;
  /** A new round trip since the last look. */
  readonly rttMs?: number;
  /** The estimate after it. */
  readonly smoothedMs?: number;
}

/** A span of suspicion: sent when it begins, and again, with `until`, when it ends. */
export interface SuspicionMessage extends OfWatched {
  readonly type: 'suspicion';
  readonly incarnation: number;
  /** The substate it began with: `silent`, `stalled`. */
  readonly kind: string;
  readonly until?: number;
  /** How it ended: `alive`, or the state it went on to. */
  readonly verdict?: ConnectionState;
}

/**
 * A lifecycle event of a watched connection that is no state: `reconnect-scheduled`, `left`, `gave-up`; `gate` for
 * the gate of its endpoint; and `configured`, which concerns all connections.
 */
export interface LifecycleMessage extends OfWatched {
  readonly type: 'lifecycle';
  readonly incarnation: number;
  /** The event of the log, without the fields of this message and of the row. */
  readonly event: EventView;
}

/** A message of the page was not acceptable. The socket stays open, unless `fatal`. */
export interface Refused {
  readonly type: 'refused';
  readonly why: string;
  readonly fatal?: true;
}
