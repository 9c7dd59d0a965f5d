/**
 * One incarnation: its socket, codec and writer, driven by the chart. Bytes pass through here without
 * an event; the chart is told only what decides about the connection.
 */

import { HoldfastError } from '../../base/errors.ts';
import type { Plan } from '../../endpoints/plan.ts';
import { Deadlines, type DeadlinesHost } from '../../liveness/deadlines.ts';
import { Probes } from '../../liveness/probes.ts';
import type { ConnectionSnapshot, ConnectionState } from '../../machines/connection.ts';
import type { ConnectionEvent, ConnectionPort, Proof, StageDeadline } from '../../machines/port.ts';
import { type Receipt, Receipts } from '../../messages/receipts.ts';
import { type Outgoing, Writer, type WriterHost } from '../../messages/writer.ts';
import {
  describeThrown,
  type Exit,
  type Failure,
  failureOfClose,
  reasonClasses,
} from '../../policy/exits.ts';
import { isStable } from '../../policy/restart.ts';
import type { Decoder, FrameSink } from '../../ports/protocol.ts';
import type { CloseFrame, Socket, SocketSink } from '../../ports/transport.ts';
import type { Timekeeper } from '../../time/timekeeper.ts';
import { Handshake } from './handshake.ts';

/** The id a link works for: it outlives the link. */
export interface IncarnationHost {
  /** The chart moved to another of the five states; `from` is undefined for the first. Must not throw. */
  moved(from: ConnectionState | undefined, to: ConnectionState, snapshot: ConnectionSnapshot): void;
  /** The chart moved, substates included. Must not throw. */
  recorded?(
    event: ConnectionEvent | undefined,
    before: ConnectionSnapshot | undefined,
    after: ConnectionSnapshot,
  ): void;
  /** Counts from 1. */
  readonly incarnation: number;
  /** Attempts since it was last stable. */
  readonly attempt: number;
  /** The peer answered for the first time in this incarnation. */
  proved(): void;
  message(message: unknown): void;
  nextMessage(): Outgoing | undefined;
  readonly waiting: boolean;
  /** What a goodbye says beyond the end of a stream; undefined: nothing special. */
  readonly goodbyeFrame: CloseFrame | undefined;
  /** The link gave back all it held; it calls nothing after this. */
  released?(): void;
  /** A heartbeat was received or handed to the kernel. For tracing. */
  heartbeat(kind: 'sent' | 'received', rttMs: number | undefined): void;
}

/** Where events go: the chart's actor. */
export interface ChartActor {
  send(event: ConnectionEvent): void;
}

export class Incarnation
  implements ConnectionPort, SocketSink<unknown>, FrameSink<unknown>, WriterHost, DeadlinesHost
{
  readonly deadlines: Deadlines;
  readonly #plan: Plan;
  readonly #host: IncarnationHost;
  actor: ChartActor | undefined;
  #socket: Socket<unknown> | undefined;
  #decoder: Decoder<unknown, unknown> | undefined;
  #writer: Writer | undefined;
  #handshake: Handshake | undefined;
  #probes: Probes | undefined;
  #receipts: Receipts | undefined;
  #reportsTraffic = false;
  /** Between the socket's opening and our goodbye. */
  #writable = false;
  flowing = false;
  /** While functions are asked where and how to dial. */
  #asking: AbortController | undefined;
  #draining = false;
  #heardOnce = false;
  /** The peer has shown that it is there. */
  isProved = false;
  #bytesSeen = 0;

  constructor(plan: Plan, host: IncarnationHost, timekeeper: Timekeeper) {
    this.deadlines = new Deadlines(plan, timekeeper, this);
    this.#plan = plan;
    this.#host = host;
  }

  /** Names the actor that runs the chart; before `dial`. */
  attach(actor: ChartActor): void {
    this.actor = actor;
  }

  /** What an inspector shows of the port in the chart's context. */
  toJSON(): unknown {
    return { protocol: this.#plan.protocol.name, mode: this.#plan.mode, rtt: this.deadlines.pulse.rtt };
  }

  /** Passes on where the chart went. */
  moved(from: ConnectionState | undefined, to: ConnectionState, snapshot: ConnectionSnapshot): void {
    this.#host.moved(from, to, snapshot);
  }

  recorded(
    event: ConnectionEvent | undefined,
    before: ConnectionSnapshot | undefined,
    after: ConnectionSnapshot,
  ): void {
    this.#host.recorded?.(event, before, after);
  }

  proved(): void {
    this.isProved = true;
    this.#host.proved();
  }

  get #proof(): Proof {
    const { protocol, side, mode, provedByOpening } = this.#plan;
    if (protocol.handshake !== undefined) return 'answer';
    if (side === 'accept') return 'none';
    if (provedByOpening || mode === 'announce') return 'opening';
    return mode === 'probe' ? 'answer' : 'none';
  }

  get canAsk(): boolean {
    return this.#plan.mode === 'probe';
  }

  // --- what the chart asks for

  get asksFirst(): boolean {
    return this.#plan.prepare !== undefined;
  }

  /** Without functions to wait for, no deadline: its alarm would only ring in vain. */
  arm(deadline: StageDeadline): void {
    if (deadline !== 'provider' || this.asksFirst) this.deadlines.arm(deadline);
  }

  disarm(): void {
    this.deadlines.disarm();
  }

  watch(deadlines: Parameters<Deadlines['watch']>[0]): void {
    this.deadlines.watch(deadlines);
  }

  prepare(): void {
    const plan = this.#plan;
    if (plan.prepare === undefined) return;
    const abort = new AbortController();
    this.#asking = abort;
    const { incarnation, attempt } = this.#host;
    plan.prepare({ signal: abort.signal, incarnation, attempt }).then((failure) => {
      if (abort.signal.aborted) return;
      if (failure === undefined) this.#asking = undefined;
      this.raise(failure === undefined ? { type: 'prepared' } : { type: 'failed', ...failure });
    });
  }

  dial(): void {
    this.#decoder = this.#plan.protocol.decoder();
    this.#socket = this.#plan.open(this);
  }

  startHandshake(): void {
    const { protocol } = this.#plan;
    if (protocol.handshake === undefined) return void this.sendHeartbeat();
    this.#handshake = new Handshake(
      this.#plan,
      (message) => this.#urgent(protocol.encode(message), 0),
      (on) => (on ? this.#socket?.resume() : this.#socket?.pause()),
    );
    this.#handshake.run(protocol).then(
      (rest) => this.#greeted(rest),
      (error) => this.crash(error),
    );
  }

  reportTraffic(on: boolean): void {
    this.#reportsTraffic = on;
  }

  flow(on: boolean): void {
    this.flowing = on;
    if (on) this.pump();
  }

  /** Returns the id of the heartbeat, 0 if there is none to send. */
  sendHeartbeat(): number {
    const { protocol } = this.#plan;
    if (protocol.ping === undefined) return 0;
    const id = this.deadlines.pulse.heartbeatQueued(
      this.deadlines.timekeeper.now(),
      this.deadlines.timekeeper.clock.random,
    );
    try {
      this.#urgent(protocol.ping(id), id);
    } catch (error) {
      this.crash(error);
    }
    return id;
  }

  drain(): void {
    this.#draining = true;
    this.flow(true);
    this.#reportDrained();
  }

  sayGoodbye(): void {
    this.#stopWriting();
    this.#socket?.end(this.#host.goodbyeFrame);
  }

  destroy(): void {
    this.#stopWriting();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }

  release(): void {
    this.watch(undefined);
    this.deadlines.timekeeper.clear(this.deadlines);
    this.#asking?.abort(new HoldfastError('closed', 'the attempt ended before the function answered'));
    this.#asking = undefined;
    this.#handshake?.end();
    this.#probes?.end(new HoldfastError('closed', 'the connection ended before the answer'));
    this.destroy();
    this.#receipts?.end();
    this.actor = this.#decoder = this.#handshake = undefined;
    this.#host.released?.();
  }

  exit(verdict: Failure, proved: boolean): Exit {
    const { reconnect, deadlines } = this.#plan.policy;
    const { reason, detail } = verdict;
    const late = reason === 'provider-failed' && detail === undefined;
    const itself = reconnect.classes[reason] ?? reasonClasses[reason];
    const { livedMs } = this.deadlines;
    return {
      ...verdict,
      ...(late && { detail: `no value within deadlines.provider (${deadlines.provider} ms)` }),
      class: this.#plan.classOf?.(reason, itself, isStable({ livedMs, proved }, reconnect)) ?? itself,
      at: this.deadlines.timekeeper.clock.wall(),
      livedMs,
      proved,
    };
  }

  // --- what others ask for

  /** Asks the peer now; resolves with the round-trip time. */
  probe(): Promise<number> {
    this.#probes ??= new Probes();
    return this.#probes.wait(this.sendHeartbeat());
  }

  /** The platform says that there is no network. While we read nothing, nothing could refute it. */
  wentOffline(): void {
    if (!this.deadlines.pulse.paused) this.raise({ type: 'went-offline', canAsk: this.canAsk });
  }

  /** A reader is full: what else the peer sends stays in the kernel. */
  pauseReading(): void {
    if (this.deadlines.pulse.paused || this.#socket === undefined) return;
    this.#socket.pause();
    this.deadlines.pulse.pause();
    this.deadlines.setAlarm();
  }

  resumeReading(): void {
    if (!this.deadlines.pulse.paused) return;
    this.deadlines.businessAt = this.deadlines.timekeeper.now();
    this.deadlines.pulse.resume(this.deadlines.businessAt);
    this.#socket?.resume();
    this.deadlines.setAlarm();
  }

  /** Messages that the kernel has not taken. */
  get underWay(): Pick<Writer, 'messages' | 'messageBytes'> | undefined {
    return this.#writer;
  }

  // --- what the socket reports

  opened(): void {
    this.#writable = true;
    this.#bytesSeen = this.#socket?.bytesRead ?? 0;
    this.raise({ type: 'opened', proof: this.#proof });
  }

  received(chunk: unknown): void {
    if (this.#decoder === undefined) return;
    this.#bytesSeen = this.#socket?.bytesRead ?? 0;
    this.#heard(this.deadlines.timekeeper.now());
    try {
      const violation = this.#decoder.push(chunk, this);
      if (violation !== undefined) this.raise({ type: 'failed', ...violation });
    } catch (error) {
      this.crash(error);
    }
  }

  written(): void {
    const now = this.deadlines.timekeeper.now();
    if (this.#writer?.midMessage || this.#host.waiting) this.deadlines.businessAt = now;
    this.#writer?.written(now);
    // An idle connection needs no writer, and there are many of them.
    if (this.#writer?.idle) this.#writer = undefined;
    if (this.#reportsTraffic) this.raise({ type: 'write-progressed' });
    this.#reportDrained();
  }

  ended(close?: CloseFrame): void {
    this.raise({ type: 'peer-ended', ...this.#judgeEnd(close) });
  }

  failed(failure: Failure): void {
    this.raise({ type: 'failed', ...failure });
  }

  closed(): void {
    this.#stopWriting();
    this.#socket = undefined;
    this.raise({ type: 'socket-closed' });
  }

  // --- what the decoder finds

  frame(frame: unknown): void {
    if (this.actor === undefined) return;
    const { protocol, policy } = this.#plan;
    const heartbeat = protocol.isHeartbeat(frame);
    if (heartbeat === false) return this.#business(frame);
    if (heartbeat.kind === 'pong') this.#ponged(heartbeat.id);
    if (heartbeat.kind === 'ping' && policy.heartbeat.reply && protocol.pong !== undefined) {
      this.#openWriter()?.answer(protocol.pong(heartbeat), this.deadlines.timekeeper.now());
      this.deadlines.setAlarm();
    }
    this.#host.heartbeat('received', this.deadlines.pulse.rtt?.last);
  }

  #ponged(id: number | undefined): void {
    const now = this.deadlines.timekeeper.exactNow();
    const answered = this.deadlines.pulse.ponged(id, now);
    this.#probes?.answered(answered, now);
    this.#receipts?.answered(answered);
  }

  #business(message: unknown): void {
    this.deadlines.businessAt = this.deadlines.pulse.heardAt;
    if (this.#handshake === undefined || this.#handshake.done) return this.#host.message(message);
    if (this.#handshake.deliver(message)) return;
    this.raise({
      type: 'failed',
      reason: 'protocol-error',
      detail: 'too much before the handshake was done',
    });
  }

  // --- what the writer asks for

  nextMessage(): Outgoing | undefined {
    return this.flowing ? this.#host.nextMessage() : undefined;
  }

  get receipt(): Receipt {
    this.#receipts ??= new Receipts(() =>
      this.canAsk && this.deadlines.watching ? this.sendHeartbeat() : 0,
    );
    return this.#receipts.current;
  }

  handedOver(heartbeat: number, now: number): void {
    this.deadlines.pulse.spoke(now);
    if (heartbeat === 0) return;
    const exactNow = this.deadlines.timekeeper.exactNow();
    this.deadlines.pulse.heartbeatWritten(heartbeat, now, exactNow);
    this.#probes?.sent(heartbeat, exactNow);
    if (this.canAsk) this.#receipts?.pinged(heartbeat);
    this.#host.heartbeat('sent', undefined);
    this.deadlines.setAlarm();
  }

  /** Sends what waits, if it may. */
  pump(): void {
    if (!this.flowing || !(this.#host.waiting || this.#writer?.midMessage)) return;
    const now = this.deadlines.timekeeper.now();
    const idle = this.#writer === undefined;
    this.deadlines.businessAt = now;
    this.#openWriter()?.pump(now);
    if (idle) this.deadlines.writeBegan(now);
  }

  // --- what the deadlines asks for

  get running(): boolean {
    return this.actor !== undefined;
  }

  get bytesInFlight(): number {
    return this.#writer?.inFlight ?? 0;
  }

  get progressAt(): number {
    return this.#writer?.progressAt ?? 0;
  }

  set progressAt(at: number) {
    if (this.#writer !== undefined) this.#writer.progressAt = at;
  }

  // --- inside

  #openWriter(): Writer | undefined {
    if (this.#writer === undefined && this.#writable && this.#socket !== undefined) {
      this.#writer = new Writer(this.#socket, this);
    }
    return this.#writer;
  }

  #stopWriting(): void {
    this.flowing = this.#writable = false;
    this.#writer?.abandon();
    this.#writer = undefined;
  }

  #heard(now: number): void {
    const answered = this.deadlines.pulse.asking;
    this.deadlines.pulse.heard(now);
    // The next heartbeat may be due before the alarm that waits for this answer.
    if (answered) this.deadlines.setAlarm();
    if (!this.#reportsTraffic && this.#heardOnce) return;
    this.#heardOnce = true;
    // Bytes of a protocol's own handshake prove nothing before it is done.
    if (this.#handshake !== undefined && !this.isProved) return;
    this.raise({ type: 'bytes-received' });
  }

  /** A message that is still arriving emits nothing, but its bytes count. */
  observe(now: number): void {
    const read = this.#socket?.bytesRead;
    if (read === undefined || read === this.#bytesSeen) return;
    this.#bytesSeen = read;
    this.#heard(now);
  }

  /** What the handshake did not ask for belongs to the user. */
  #greeted(rest: readonly unknown[]): void {
    if (this.actor === undefined) return;
    this.raise({ type: 'handshake-done' });
    for (const message of rest) this.#host.message(message);
  }

  #judgeEnd(close: CloseFrame | undefined): Failure {
    if (close !== undefined) return failureOfClose(close.code, close.reason);
    const clean = this.isProved && !this.#decoder?.midFrame;
    return { reason: clean ? 'closed-by-peer' : 'cut-off', detail: 'end of stream' };
  }

  #urgent(chunk: unknown, heartbeat: number): void {
    this.#openWriter()?.urgent(chunk, heartbeat, this.deadlines.timekeeper.now());
    this.deadlines.setAlarm();
  }

  #reportDrained(): void {
    if (this.#draining && !this.#host.waiting && (this.#writer?.idle ?? true)) {
      this.#draining = false;
      this.raise({ type: 'drained' });
    }
  }

  /** Code of the user threw: that ends this incarnation, and nothing else. */
  crash(error: unknown): void {
    this.raise({ type: 'failed', reason: 'crashed', detail: describeThrown(error), error });
  }

  raise(event: ConnectionEvent): void {
    this.actor?.send(event);
  }
}
