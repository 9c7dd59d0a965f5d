/** A process whose connections an inspector shows: its own, or one that reports to it. */
import type { Delta, FullList, ReporterMessage, SamplesMessage, ServerMessage } from './wire.ts';
import type { ProcessMessage } from './wire-process.ts';

/** Messages about watched connections. */
export type WatchedMessage = Extract<ServerMessage, { connection: string }>;

/** The hub of the viewers, as a source sees it. */
export interface Audience {
  /** Tells all viewers that watch the connection. */
  tell(message: WatchedMessage): void;
  /** Tells all viewers what has become of the source, or how its process fares. */
  announce(message: ReporterMessage | ProcessMessage): void;
  /** The source threw: the viewers cannot go on. */
  failed(error: unknown): void;
}

export interface Source {
  /** Absent for the own process. */
  readonly id?: string;
  /** Called when the first viewer attaches. */
  open(audience: Audience): void;
  /** Called when the last viewer has left. */
  close(): void;
  /** What viewers are told of a process that reports; absent for the own one. */
  about?(): ReporterMessage;
  /** The list as it was at the last `poll`. */
  full(): FullList;
  /** The changes since the last call; after many of them the whole list. Called ten times a second while it is open. */
  poll(): readonly (FullList | Delta)[];
  /** New measurements of watched connections. */
  samples(): readonly SamplesMessage[];
  /** Returns the first messages for one more viewer of a connection, or the reason of a refusal. */
  watch(id: string): readonly WatchedMessage[] | string;
  /** Called when the last viewer of a connection has left. */
  unwatch(id: string): void;
  /** Whether `message` is told of watched connections. */
  showMessages(wanted: boolean): void;
}
