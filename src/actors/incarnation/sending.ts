/**
 * The sending half of one incarnation: which messages may go to the socket, its heartbeats, and what
 * their answers confirm.
 */

import { DeliveryError } from '../../base/errors.ts';
import { needsPart } from '../../base/needed.ts';
import type { Probes } from '../../liveness/probes.ts';
import type { Message } from '../../messages/message.ts';
import type { Receipt, Receipts } from '../../messages/receipts.ts';
import { refusal, refused } from '../../messages/send.ts';
import { type Outgoing, sizeOf, Writer, type WriterHost } from '../../messages/writer.ts';
import type { Heartbeat } from '../../ports/protocol.ts';
import type { MessageSource, Talker } from './host.ts';

/** The parts of an incarnation that its sending half works with. */
export interface SendingHost extends Talker {
  /** The messages that wait. */
  readonly source: MessageSource;
  /** Whether the peer answers heartbeats, by mode. */
  readonly canAsk: boolean;
}

/** The receipt of a supervisor without the part `receipts`. */
const unconfirmed = (incarnation: number): Receipt => ({
  outcome: 'written',
  incarnation,
  get confirmed() {
    return refused(needsPart('confirmed', 'receipts'));
  },
});

export class Sending implements WriterHost {
  readonly #incarnation: SendingHost;
  /** `shut`: before the socket is open, and from our goodbye on. `held`: heartbeats go out, messages do not. */
  #state: 'shut' | 'held' | 'flowing' | 'draining' = 'shut';
  #writer: Writer | undefined;
  /** The calls of `probe()`, with the part of that name. */
  probes: Probes | undefined;
  #receipts: Receipts | undefined;

  constructor(incarnation: SendingHost) {
    this.#incarnation = incarnation;
  }

  /** Messages taken from the host that the kernel has not taken. */
  get underWay(): Pick<Writer, 'messages' | 'messageBytes'> | undefined {
    return this.#writer;
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

  /** The socket is open. */
  open(): void {
    this.#state = 'held';
  }

  /** Whether messages may go to the socket. */
  flow(on: boolean): void {
    if (this.#state === 'shut') return;
    this.#state = on ? 'flowing' : 'held';
    if (on) this.pump();
  }

  /** Sends what waits in the outbox, then raises `drained`; at once when nothing can be sent. */
  drain(): void {
    if (this.#state === 'shut') return this.#incarnation.raise({ type: 'drained' });
    this.flow(true);
    if (this.#state === 'flowing') this.#state = 'draining';
    this.#reportDrained();
  }

  get mayEnd(): boolean {
    return this.#state !== 'shut' && !this.#writer?.midMessage;
  }

  /** Nothing is sent from here on. */
  shut(): void {
    this.#state = 'shut';
    this.#writer?.abandon();
    this.#writer = undefined;
  }

  /** The incarnation is over: probes and receipts settle. */
  end(): void {
    this.probes?.end();
    this.#receipts?.end();
  }

  /** Sends waiting messages, if they may flow. */
  pump(): void {
    const { source, deadlines } = this.#incarnation;
    if (!this.flowing || !(source.waiting || this.#writer?.midMessage)) return;
    const now = deadlines.timekeeper.now();
    const idle = this.#writer === undefined;
    deadlines.businessAt = now;
    this.#openWriter()?.pump(now);
    if (idle) deadlines.writeBegan(now);
  }

  /** Returns the id of the heartbeat; 0: the protocol has none. */
  heartbeat(): number {
    const { dialogue, deadlines } = this.#incarnation;
    const { timekeeper } = deadlines;
    if (dialogue?.ping === undefined) return 0;
    const id = deadlines.pulse.heartbeatQueued(timekeeper.now(), timekeeper.clock.random);
    try {
      this.urgent(dialogue.ping(id), id);
    } catch (error) {
      this.#incarnation.crash(error);
    }
    return id;
  }

  /** Sends a frame of the handshake (id 0) or a heartbeat, ahead of all messages. */
  urgent(chunk: unknown, id: number): void {
    const { deadlines } = this.#incarnation;
    const writer = this.#openWriter();
    const now = deadlines.timekeeper.now();
    const idle = writer?.inFlight === 0;
    writer?.urgent(chunk, id, now);
    // Given to a socket that had nothing else: it leaves before it is reported.
    if (idle && writer.inFlight > 0 && id > 0) deadlines.pulse.left(id, now);
    deadlines.setAlarm();
  }

  /** Answers a heartbeat of the peer, if policy and protocol have it answered. */
  answer(ping: Heartbeat): void {
    const { plan, dialogue, deadlines } = this.#incarnation;
    if (!plan.policy.heartbeat.reply || dialogue?.pong === undefined) return;
    this.#openWriter()?.answer(dialogue.pong(ping), deadlines.timekeeper.now());
    deadlines.setAlarm();
  }

  /** The peer answered a heartbeat: `id`, or the oldest one without an id. */
  answered(id: number | undefined): void {
    const { pulse, timekeeper } = this.#incarnation.deadlines;
    const now = timekeeper.exactNow();
    const answered = pulse.ponged(id, now);
    this.probes?.answered(answered, now);
    this.#receipts?.answered(answered);
  }

  /** The socket handed its oldest write to the kernel. */
  written(): void {
    const { source, deadlines } = this.#incarnation;
    const now = deadlines.timekeeper.now();
    if (this.#writer?.midMessage || source.waiting) deadlines.businessAt = now;
    this.#writer?.written(now);
    // An idle connection needs no writer, and most connections are idle.
    if (this.#writer?.idle) this.#writer = undefined;
  }

  /** Raises `drained` once nothing is left to send, if that was asked for. */
  reportDrained(): void {
    if (this.#state === 'draining') this.#reportDrained();
  }

  // --- what the writer asks for

  get flowing(): boolean {
    return this.#state === 'flowing' || this.#state === 'draining';
  }

  nextMessage(): Outgoing | undefined {
    const { source, plan, host } = this.#incarnation;
    for (;;) {
      const isFull = host.parts.handshakes?.isFull(this.#incarnation);
      const message = this.flowing && !isFull ? source.nextMessage() : undefined;
      if (message === undefined || plan.protocol.encode !== undefined || this.#encode(message))
        return message;
    }
  }

  /** Encodes a message that leaves now; one that cannot be carried is refused. */
  #encode(message: Message): boolean {
    const { dialogue } = this.#incarnation;
    try {
      message.chunk = dialogue?.encode(message.chunk);
      message.bytes = sizeOf(message.chunk);
      if (this.#state !== 'shut') return true;
      message.reject(new DeliveryError('never-sent', 'the socket closed while the message was encoded'));
    } catch (error) {
      message.reject(refusal(error, this.#incarnation));
    }
    return false;
  }

  departed({ silence }: Outgoing, now: number): void {
    const { deadlines, host } = this.#incarnation;
    const patience = Math.max(silence, host.parts.handshakes?.patienceOf(this.#incarnation) ?? 0);
    if (now + patience > Math.max(now, deadlines.pulse.patientUntil)) deadlines.allow(patience, now);
  }

  get receipt(): Receipt {
    return this.receipts?.current ?? unconfirmed(this.#incarnation.host.incarnation);
  }

  get receipts(): Receipts | undefined {
    const { dialogue, host } = this.#incarnation;
    this.#receipts ??= host.parts.receipts?.(() => this.#ask(), dialogue, host.incarnation);
    return this.#receipts;
  }

  handedOver(id: number, now: number, bytes: number, whole: boolean): void {
    const { deadlines, host, canAsk } = this.#incarnation;
    host.traffic?.sent(bytes, whole);
    deadlines.pulse.spoke(now, bytes, deadlines.timekeeper.clock.random);
    if (id === 0) return;
    const exactNow = deadlines.timekeeper.exactNow();
    deadlines.pulse.heartbeatWritten(id, now, exactNow);
    this.probes?.sent(id, exactNow);
    if (canAsk) this.#receipts?.pinged(id);
    host.heartbeat('sent', undefined);
    deadlines.setAlarm();
  }

  #ask(): number {
    const { canAsk, deadlines } = this.#incarnation;
    return canAsk && deadlines.watching ? this.heartbeat() : 0;
  }

  #openWriter(): Writer | undefined {
    const { socket, host } = this.#incarnation;
    if (this.#writer === undefined && this.#state !== 'shut' && socket !== undefined) {
      this.#writer = new Writer(socket, this, host.parts.streams?.slice);
    }
    return this.#writer;
  }

  #reportDrained(): void {
    const { source, host } = this.#incarnation;
    const waits = source.waiting && !host.parts.handshakes?.isStuck(this.#incarnation);
    if (waits || this.#writer?.idle === false) return;
    if (this.#state === 'draining') this.#state = 'flowing';
    this.#incarnation.raise({ type: 'drained' });
  }
}
