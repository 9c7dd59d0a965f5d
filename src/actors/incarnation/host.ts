/** The two neighbours of an incarnation: the connection it belongs to, and the actor that runs its chart. */
import type { ConnectionSnapshot, ConnectionState } from '../../machines/connection.ts';
import type { ConnectionEvent } from '../../machines/port.ts';
import type { Message } from '../../messages/message.ts';
import type { CloseFrame } from '../../ports/transport.ts';

/** The connection behind an id, which outlives its incarnations. */
export interface IncarnationHost {
  /** The chart moved to another of the five states; `from` is undefined for the first. Must not throw. */
  moved(from: ConnectionState | undefined, to: ConnectionState, snapshot: ConnectionSnapshot): void;
  /** The chart moved, substates included; `event` is undefined at the start. Must not throw. */
  recorded?(
    event: ConnectionEvent | undefined,
    before: ConnectionSnapshot | undefined,
    after: ConnectionSnapshot,
  ): void;
  /** The number of the incarnation, from 1. */
  readonly incarnation: number;
  /** Attempts since the connection was last stable. */
  readonly attempt: number;
  /** The peer answered for the first time in this incarnation. */
  proved(): void;
  message(message: unknown): void;
  nextMessage(): Message | undefined;
  /** Whether messages wait in the outbox. */
  readonly waiting: boolean;
  /** The close frame of a goodbye; undefined: the end of the stream alone. */
  readonly goodbyeFrame: CloseFrame | undefined;
  /** The incarnation released its resources, and calls nothing of its host from here on. */
  released?(): void;
  /** A heartbeat was received or handed to the kernel. For tracing. */
  heartbeat(kind: 'sent' | 'received', rttMs: number | undefined): void;
}

/** The actor that runs the chart. */
export interface ChartActor {
  send(event: ConnectionEvent): void;
}
