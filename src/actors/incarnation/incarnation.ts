/** An incarnation: socket, codec and deadlines, driven by the chart. Bytes pass; events are only what decides. */
import type { Plan } from '../../endpoints/plan.ts';
import { Deadlines, type DeadlinesHost } from '../../liveness/deadlines.ts';
import type { ConnectionEvent, ConnectionPort, StageDeadline } from '../../machines/port.ts';
import type { Exit, ExitReason, Failure } from '../../policy/exits.ts';
import type { Agreement, FrameSink } from '../../ports/protocol.ts';
import type { CloseFrame, Socket, SocketSink } from '../../ports/transport.ts';
import type { Timekeeper } from '../../time/timekeeper.ts';
import type { Handshake } from './handshake.ts';
import type { AnyDialogue, ChartActor, FirstWords, IncarnationHost, MessageSource } from './host.ts';
import { Sending, type SendingHost } from './sending.ts';
import { deliver, openDialogue } from './talk.ts';
import { crashedBy, endingOf, exitOf, printable, proofOf } from './verdicts.ts';

export class Incarnation
  implements ConnectionPort, SocketSink<unknown>, FrameSink<unknown>, SendingHost, DeadlinesHost
{
  readonly deadlines: Deadlines;
  readonly plan: Plan;
  host: IncarnationHost;
  /** The actor that runs the chart; undefined before its start, and after `release`. */
  actor: ChartActor | undefined;
  socket: Socket<unknown> | undefined;
  /** The peer has shown that it is there. */
  isProved = false;
  dialogue: AnyDialogue | undefined;
  /** The outcome of the handshake, once it is done. */
  agreement: Agreement | undefined;
  readonly sending: Sending;
  /** Under way. */
  handshake: Handshake | undefined;
  introduction: FirstWords | undefined;
  /** Ends the asking of functions where and how to dial, until they have answered. */
  #abandon: (() => void) | undefined;
  #reportsTraffic = false;
  /** `bytesRead` of the socket at the last look. */
  bytesSeen = 0;

  constructor(plan: Plan, host: IncarnationHost, timekeeper: Timekeeper) {
    this.deadlines = new Deadlines(plan, timekeeper, this);
    this.plan = plan;
    this.host = host;
    this.sending = new Sending(this);
  }

  /** The port in the chart's context, as an inspector shows it. */
  toJSON(): unknown {
    const { mode, rtt } = this.deadlines.pulse;
    return { protocol: this.plan.protocol.name, mode, rtt };
  }

  /** Whether the peer answers heartbeats, so that silence after one means something. */
  get canAsk(): boolean {
    return this.deadlines.pulse.mode === 'probe';
  }

  get asksFirst(): boolean {
    return this.plan.prepare !== undefined;
  }

  get source(): MessageSource {
    return this.introduction ?? this.host;
  }

  // --- what the chart asks for

  /** The deadline `provider` is set only when there are functions to wait for. */
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
    this.#abandon = this.plan.prepare?.(this.host, (failure) => {
      if (failure !== undefined) return this.failed(failure);
      this.#abandon = undefined;
      this.raise({ type: 'prepared' });
    });
  }

  dial(): void {
    this.dialogue = openDialogue(this);
    if (this.dialogue === undefined) return;
    this.socket = this.plan.open(this, this.deadlines.timekeeper.clock);
  }

  startHandshake(): void {
    if (this.dialogue?.handshake === undefined) return this.sendHeartbeat();
    this.handshake = this.host.parts.handshakes?.greet(this, this.dialogue);
  }

  introduce(): void {
    this.host.parts.handshakes?.introduce(this);
  }

  reportTraffic(on: boolean): void {
    this.#reportsTraffic = on;
  }

  flow(on: boolean): void {
    this.sending.flow(on);
  }

  sendHeartbeat(): void {
    this.sending.heartbeat();
  }

  drain(): void {
    this.sending.drain();
  }

  tooLate(reason: ExitReason): Failure {
    return { reason, ...(this.introduction ?? this.socket ?? this.plan).progress };
  }

  sayGoodbye(why: ExitReason): void {
    const waits = this.host.parts.handshakes?.sayLast(this, why);
    this.sending.shut();
    if (!waits) this.socket?.end(this.host.goodbyeFrame);
  }

  destroy(): void {
    this.sending.shut();
    const { socket } = this;
    this.socket = undefined;
    socket?.destroy();
  }

  release(): void {
    this.watch(undefined);
    this.deadlines.timekeeper.clear(this.deadlines);
    this.#abandon?.();
    this.#abandon = undefined;
    this.handshake?.end();
    this.destroy();
    this.sending.end();
    this.introduction?.end();
    this.actor = this.dialogue = this.handshake = this.introduction = undefined;
    this.host.released?.();
  }

  exit(verdict: Failure, proved: boolean): Exit {
    const { livedMs, timekeeper } = this.deadlines;
    return exitOf(this.plan, verdict, { at: timekeeper.clock.wall(), livedMs, proved });
  }

  // --- what the connection asks for

  /** Sends waiting messages, if they may flow. */
  gather(): void {
    this.socket?.gather?.();
  }

  pump(): void {
    this.sending.pump();
  }

  /** The platform says that there is no network. While reading is paused, or the peer works, no byte could refute that. */
  wentOffline(): void {
    if (!this.deadlines.isPatient) this.raise({ type: 'went-offline', canAsk: this.canAsk });
  }

  /** Messages that the kernel has not taken. */
  get underWay(): Sending['underWay'] {
    return this.sending.underWay;
  }

  // --- what the socket reports

  opened(): void {
    this.sending.open();
    this.bytesSeen = this.socket?.bytesRead ?? 0;
    this.raise({ type: 'opened', proof: proofOf(this.plan, this.dialogue?.handshake !== undefined) });
  }

  received(chunk: unknown): void {
    const decoder = this.dialogue?.decoder;
    if (decoder === undefined) return;
    this.bytesSeen = this.socket?.bytesRead ?? 0;
    this.host.traffic?.received(chunk);
    this.heard(this.deadlines.timekeeper.now());
    try {
      const violation = decoder.push(chunk, this);
      if (violation !== undefined) this.failed(violation);
    } catch (error) {
      this.crash(error);
    }
  }

  written(): void {
    this.sending.written();
    if (this.#reportsTraffic) this.raise({ type: 'write-progressed' });
    this.sending.reportDrained();
  }

  progressed(): void {
    this.sending.progressAt = this.deadlines.timekeeper.now();
    if (this.#reportsTraffic) this.raise({ type: 'write-progressed' });
  }

  ended(close?: CloseFrame): void {
    const ending = endingOf(this, close);
    // After its close frame the peer reads nothing: messages that wait are for the next incarnation.
    if (close !== undefined) this.sending.shut();
    this.raise(ending);
  }

  failed(failure: Failure): void {
    this.raise({ type: 'failed', ...printable(failure) });
  }

  closed(): void {
    this.sending.shut();
    this.socket = undefined;
    this.raise({ type: 'socket-closed' });
  }

  frame(frame: unknown): void {
    const { dialogue } = this;
    if (this.actor === undefined || dialogue === undefined) return;
    const heartbeat = dialogue.isHeartbeat(frame);
    const { handshakes } = this.host.parts;
    if (handshakes !== undefined) handshakes.frame(this, dialogue, frame, heartbeat !== false);
    else if (heartbeat === false) deliver(this, frame);
    if (heartbeat === false) return;
    const { pulse } = this.deadlines;
    const { rtt } = pulse;
    if (heartbeat.kind === 'pong') this.sending.answered(heartbeat.id);
    if (heartbeat.kind === 'ping') this.sending.answer(heartbeat);
    this.host.heartbeat('received', pulse.rtt === rtt ? undefined : pulse.rtt);
  }

  get running(): boolean {
    return this.actor !== undefined;
  }

  observe(now: number): void {
    this.host.parts.streams?.observe(this, now);
  }

  /** Bytes came in; the next heartbeat is due as if they had come at `at`. */
  heard(now: number, at = now): void {
    this.deadlines.heard(now, at);
    // Bytes of the protocol's own handshake prove nothing before it is done.
    const idle = this.isProved ? !this.#reportsTraffic : this.handshake !== undefined;
    if (!idle) this.raise({ type: 'bytes-received' });
  }

  /** Code of the user threw: this incarnation ends, and the supervisor goes on. */
  crash(error: unknown): void {
    this.failed(crashedBy(error));
  }

  raise(event: ConnectionEvent): void {
    this.actor?.send(event);
  }
}
