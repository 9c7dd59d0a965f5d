/** The neighbours of an incarnation: the connection it belongs to, the actor that runs its chart, and its parts. */
import type { Plan } from '../../endpoints/plan.ts';
import type { Deadlines } from '../../liveness/deadlines.ts';
import type { ConnectionSnapshot, ConnectionState } from '../../machines/connection.ts';
import type { ConnectionEvent } from '../../machines/port.ts';
import type { Message } from '../../messages/message.ts';
import type { Receipts } from '../../messages/receipts.ts';
import type { TimeLimits } from '../../messages/send.ts';
import type { Slicing } from '../../messages/writer.ts';
import type { ExitReason, Failure } from '../../policy/exits.ts';
import type { Rtt } from '../../policy/rtt.ts';
import type { Agreement, Dialogue } from '../../ports/protocol.ts';
import type { CloseFrame, Socket } from '../../ports/transport.ts';
import type { Handshake } from './handshake.ts';
import type { ConnectionMove } from './recorder.ts';

/** Where messages wait for a socket. */
export interface MessageSource {
  nextMessage(): Message | undefined;
  /** Whether messages wait. */
  readonly waiting: boolean;
}

/** The connection behind an id, which outlives its incarnations. Its source is the outbox. */
export interface IncarnationHost extends MessageSource {
  /** The chart moved to another of the five states; `from` is undefined for the first. Must not throw. */
  moved(from: ConnectionState | undefined, to: ConnectionState, snapshot: ConnectionSnapshot): void;
  /** The chart moved, substates included. Must not throw. */
  recorded?(move: ConnectionMove): void;
  /** The chart had an event; at the start without one. Must not throw. */
  charted?(
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
  /** The close frame of a goodbye; undefined: the end of the stream alone. */
  readonly goodbyeFrame: CloseFrame | undefined;
  /** The incarnation released its resources, and calls nothing of its host from here on. */
  released?(): void;
  /** The protocol has something to say that ends nothing. Must not throw. */
  warned?(detail: string): void;
  /** Code of the user threw. Must not throw. */
  reportError?(error: unknown, where: string): void;
  /** The parts that were handed in beside the incarnation itself. */
  readonly parts: IncarnationParts;
  /** A heartbeat was received or handed to the kernel. `rtt`: the estimate, if the heartbeat gave a sample. */
  heartbeat(kind: 'sent' | 'received', rtt: Rtt | undefined): void;
  /** Counts what passes the sockets of the connection; undefined while no inspector asks for it. */
  readonly traffic?: Traffic | undefined;
}

/** Counts the traffic of one connection, over all its sockets. */
export interface Traffic {
  /** Bytes or a message of the socket, heartbeats included. */
  received(chunk: unknown): void;
  /** A message of the peer: no heartbeat, and no frame that the protocol keeps to itself. */
  delivered(): void;
  /** The kernel took bytes. `whole`: they end a message. */
  sent(bytes: number, whole: boolean): void;
}

/** The actor that runs the chart. */
export interface ChartActor {
  send(event: ConnectionEvent): void;
}

// biome-ignore lint/suspicious/noExplicitAny: messages and chunks of any protocol
export type AnyDialogue = Dialogue<any, any>;

/** Source of the first messages of an incarnation: the application, then the outbox of the connection. */
export interface FirstWords extends MessageSource {
  /** The state of it, for the exit when it takes too long. */
  readonly progress: { readonly detail: string } | undefined;
  /** The incarnation is over. */
  end(): void;
}

/** The parts of an incarnation that talk with its peer. */
export interface Talker {
  readonly plan: Plan;
  readonly host: IncarnationHost;
  readonly deadlines: Deadlines;
  readonly running: boolean;
  /** Undefined before the dial, and at the end. */
  readonly dialogue: AnyDialogue | undefined;
  readonly socket: Socket<unknown> | undefined;
  /** Under way. */
  handshake: Handshake | undefined;
  agreement: Agreement | undefined;
  /** The first words of the application, where there are any. */
  introduction: FirstWords | undefined;
  readonly sending: {
    /** Sends a frame ahead of the messages that wait. */
    urgent(chunk: unknown, id: number): void;
    flow(on: boolean): void;
    pump(): void;
    /** Raises `drained` once nothing is left to send, if that was asked for. */
    reportDrained(): void;
    /** Whether last words may follow what was sent: between two messages. */
    readonly mayEnd: boolean;
    /** Nothing is sent from here on. */
    shut(): void;
    readonly receipts: Receipts | undefined;
  };
  /** Sends waiting messages, if they may flow. */
  pump(): void;
  /** What `pump` sends next may leave together. */
  gather(): void;
  raise(event: ConnectionEvent): void;
  failed(failure: Failure): void;
  crash(error: unknown): void;
}

/** What the socket has read of a message that is still arriving. */
export interface Arriving {
  /** `bytesRead` of the socket at the last look. */
  bytesSeen: number;
  /** Bytes came in; the next heartbeat is due as if they had come at `at`. */
  heard(now: number, at?: number): void;
}

/** Parts of incarnations that are handed in, so that a page loads those it uses. */
export interface IncarnationParts {
  readonly handshakes?: {
    /** Starts the handshake; the answer comes as `handshake-done` or `failed`. */
    readonly greet: (talker: Talker, dialogue: AnyDialogue) => Handshake;
    /** Hands a frame to the dialogue, the handshake or the user. */
    readonly frame: (talker: Talker, dialogue: AnyDialogue, frame: unknown, isHeartbeat: boolean) => void;
    /** Says the last words of the protocol. True: the stream ends once the peer has ended. */
    readonly sayLast: (talker: Talker, why: ExitReason) => boolean;
    /** The exit that the protocol takes an end of the peer for. `whole`: between two frames. */
    readonly ended: (talker: Talker, close: CloseFrame | undefined, whole: boolean) => Failure | undefined;
    /** No message may begin to leave now. */
    readonly isFull: (talker: Talker) => boolean;
    /** Nor later, as the peer has ended its stream. */
    readonly isStuck: (talker: Talker) => boolean;
    /** For how long the peer may be silent, in milliseconds. */
    readonly patienceOf: (talker: Talker) => number;
    /** The state that the last handshake left to the next one. */
    readonly previousOf: (plan: Plan) => unknown;
    /** The application speaks first in each incarnation of that plan. Throws `ConfigError`. */
    readonly introduceWith: (plan: Plan, onOpen: unknown) => void;
    /** Whether it does. */
    readonly speaksFirst: (plan: Plan) => boolean;
    /** Lets it speak; the answer comes as `introduced` or `failed`. */
    readonly introduce: (talker: Talker) => void;
  };
  /** Lets messages wait, and the peer be silent, for some time only. */
  readonly timeLimits?: TimeLimits;
  /** Cuts messages, and looks at what arrives. */
  readonly streams?: {
    readonly slice: Slicing;
    /** Hears of bytes that the socket has read, and has not handed over. */
    readonly observe: (incarnation: Talker & Arriving, now: number) => void;
  };
  /** Notices links that are cut after equal times of silence. */
  readonly idleCuts?: {
    /** An event before the chart has it. */
    readonly before: (talker: Pick<Talker, 'deadlines' | 'host' | 'plan'>, event: ConnectionEvent) => void;
  };
  /** Dials a standby while an incarnation is suspect. */
  readonly hedging?: {
    /** The chart has had an event. */
    readonly look: (incarnation: Pick<Talker, 'deadlines' | 'plan'>) => void;
  };
  /** Confirms the messages of one incarnation. */
  readonly receipts?: (ask: () => number, dialogue: AnyDialogue | undefined, incarnation: number) => Receipts;
}
