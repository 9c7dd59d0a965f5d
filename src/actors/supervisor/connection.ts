/**
 * One id: what stands behind its user's handle. It outlives incarnations; the outbox and the message
 * stream belong to it. Which incarnation runs, and what follows, is the part of `Supervision`.
 */
import { Observable } from 'rxjs';
import { abortable, type WaitOptions } from '../../base/abortable.ts';
import { type Deferred, deferred } from '../../base/deferred.ts';
import { defined } from '../../base/defined.ts';
import { ConnectionClosedError, DeliveryError, HoldfastError } from '../../base/errors.ts';
import type { Plan } from '../../endpoints/plan.ts';
import type { ConnectionSnapshot, ConnectionState } from '../../machines/connection.ts';
import type { ConnectionEvent } from '../../machines/port.ts';
import { Broadcast } from '../../messages/broadcast.ts';
import { Inbox, type InboxHost, limitsOf, type ReadOptions } from '../../messages/inbox.ts';
import type { Message } from '../../messages/message.ts';
import { Outbox } from '../../messages/outbox.ts';
import { endedReader, type Reader, type ReadLimits } from '../../messages/reader.ts';
import type { Receipt } from '../../messages/receipts.ts';
import { refused, type SendOptions, submit } from '../../messages/send.ts';
import { describeThrown, type Exit } from '../../policy/exits.ts';
import type { Rtt } from '../../policy/rtt.ts';
import type { CloseFrame } from '../../ports/transport.ts';
import type { IncarnationHost } from '../incarnation/host.ts';
import type { HistoryEntry, Move, Tape } from '../incarnation/recorder.ts';
import type { Buffered, Connection, MessageCallback } from './handle.ts';
import type { Keeper } from './port.ts';
import { Supervision } from './supervision.ts';

export class SupervisedConnection extends Supervision implements Connection, IncarnationHost, InboxHost {
  readonly #onMessage: MessageCallback | undefined;
  #outbox: Outbox | undefined;
  #inbox: Inbox | undefined;
  #states: Broadcast<ConnectionState> | undefined;
  #closed: Deferred<Exit> | undefined;
  #ready: Deferred<void> | undefined;
  #tape: Tape;

  constructor(id: string, plan: Plan, onMessage: MessageCallback | undefined, keeper: Keeper) {
    super(id, plan, keeper);
    this.#onMessage = onMessage;
  }

  toJSON(): unknown {
    return { id: this.id, url: this.url, state: this.state, status: this.status };
  }

  protected get self(): this {
    return this;
  }

  // --- the handle

  get rtt(): Rtt | undefined {
    return this.link?.deadlines.pulse.rtt;
  }

  get state$(): Observable<ConnectionState> {
    return new Observable((subscriber) => {
      subscriber.next(this.state);
      if (this.exit !== undefined) return subscriber.complete();
      this.#states ??= new Broadcast();
      this.#states.add(subscriber);
    });
  }

  get messages$(): Observable<never> {
    return new Observable((subscriber) => {
      if (this.exit !== undefined) return subscriber.complete();
      this.#inbox ??= new Inbox(this);
      this.#inbox.add(subscriber as never);
    });
  }

  messages(options?: ReadOptions): AsyncIterable<never> {
    const limits = limitsOf(options);
    return { [Symbol.asyncIterator]: () => this.#read(limits) };
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<never> {
    return this.#read(limitsOf());
  }

  get buffered(): Buffered {
    const { messages, messageBytes } = this.link?.underWay ?? { messages: 0, messageBytes: 0 };
    const { length, bytes } = this.#outbox ?? { length: 0, bytes: 0 };
    return { messages: length + messages, bytes: bytes + messageBytes };
  }

  get closed(): Promise<Exit> {
    if (this.exit !== undefined) return Promise.resolve(this.exit);
    this.#closed ??= deferred();
    return this.#closed.promise;
  }

  history(): readonly HistoryEntry[] {
    const { recorder, timekeeper } = this.keeper;
    const { incarnation } = this;
    let entries: readonly HistoryEntry[] = [];
    this.keeper.shield('recorder', () => {
      const reading = { incarnation, now: timekeeper.now(), wall: timekeeper.clock.wall() };
      entries = recorder?.read(this.#tape, reading) ?? [];
    });
    return entries;
  }

  send(message: unknown, options?: SendOptions): Promise<Receipt> {
    if (this.leaving) return refused(this.#neverSent(`connection ${this.id} is closed`));
    return submit(message, this, options);
  }

  ready({ signal }: WaitOptions = {}): Promise<void> {
    return abortable(this.#becomeReady(), signal);
  }

  #becomeReady(): Promise<void> {
    if (this.exit !== undefined) return Promise.reject(new ConnectionClosedError(this.id, this.exit));
    if (this.state === 'alive' && this.link?.isProved) return Promise.resolve();
    this.#ready ??= deferred();
    return this.#ready.promise;
  }

  probe(): Promise<number> {
    const link = this.link;
    const open = link !== undefined && (this.state === 'alive' || this.state === 'suspect');
    if (open && link.canAsk) return link.probe();
    const why = open ? `its heartbeat mode is ${this.plan.mode ?? 'none'}` : `it is ${this.state}`;
    const code = open ? 'bad-config' : 'closed';
    return Promise.reject(new HoldfastError(code, `connection ${this.id} cannot be probed: ${why}`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  // --- the record, for the supervisor and inspectors

  /** The actor of the running incarnation failed: a bug, in the chart or near it. */
  crashed(error: unknown): void {
    const link = this.link;
    if (link === undefined) return;
    const exit = link.exit({ reason: 'crashed', detail: describeThrown(error), error }, link.isProved);
    const { reason, class: exitClass, detail = '' } = exit;
    const from = this.state;
    this.state = 'closed';
    this.#record({ type: 'failed', ...exit }, from, 'closed', exit);
    this.keeper.publish({
      event: 'state',
      ...this.name(),
      from,
      to: 'closed',
      reason,
      class: exitClass,
      detail,
    });
    this.#states?.next('closed');
    this.onExit(exit);
  }

  // --- what the link reports

  moved(from: ConnectionState | undefined, to: ConnectionState, snapshot: ConnectionSnapshot): void {
    this.state = to;
    if (to === 'alive') this.keeper.gates.connected(this);
    const { reason, code, detail } = snapshot.output ?? snapshot.context.verdict ?? {};
    this.keeper.publish(
      defined({
        event: 'state',
        ...this.name(),
        from,
        to,
        rttMs: this.rtt && Math.round(this.rtt.smoothed * 1000) / 1000,
        reason,
        class: snapshot.output?.class,
        code,
        detail,
        evidence: to === 'suspect' ? this.link?.deadlines.evidence : undefined,
      } as const),
    );
    this.#states?.next(to);
    this.updateReading();
    this.#settleReady();
  }

  recorded(
    event: ConnectionEvent | undefined,
    before: ConnectionSnapshot | undefined,
    { value, output, context }: ConnectionSnapshot,
  ): void {
    this.#record(event, before?.value, value, output ?? context.verdict);
  }

  proved(): void {
    this.keeper.gates.proved(this);
    this.#settleReady();
  }

  message(message: unknown): void {
    const onMessage = this.#onMessage;
    if (onMessage !== undefined) {
      this.keeper.shield('onMessage', () => onMessage(message as never, this as never));
    }
    this.#inbox?.deliver(message);
  }

  nextMessage(): Message | undefined {
    return this.#outbox?.shift();
  }

  get waiting(): boolean {
    return this.#outbox !== undefined && this.#outbox.length > 0;
  }

  get goodbyeFrame(): CloseFrame | undefined {
    return this.keeper.stopping ? this.plan.goodbyeFrame : undefined;
  }

  // --- what a reader causes

  congested(): void {
    this.updateReading();
  }

  // --- what a message needs on its way

  get outbox(): Outbox {
    this.#outbox ??= new Outbox(this.keeper.timekeeper);
    return this.#outbox;
  }

  heartbeat(kind: 'sent' | 'received', rttMs: number | undefined): void {
    this.keeper.heartbeat(this, kind, rttMs);
  }

  // --- inside

  #read(limits: ReadLimits): Reader {
    const over = this.exit !== undefined;
    if (!over) this.#inbox ??= new Inbox(this);
    return over || this.#inbox === undefined ? endedReader(limits) : this.#inbox.read(limits);
  }

  /** Reads, or leaves it to the kernel: as the slowest reader wants it, once it can be asked. */
  protected updateReading(): void {
    const link = this.link;
    if (link === undefined || this.state === 'connecting') return;
    if (this.#inbox?.full && !this.leaving) link.pauseReading();
    else link.resumeReading();
  }

  #settleReady(): void {
    if (this.#ready === undefined || this.state !== 'alive' || !this.link?.isProved) return;
    this.#ready.resolve();
    this.#ready = undefined;
  }

  #record(event: Move['event'], from: Move['from'], to: Move['to'], verdict: Move['verdict']): void {
    const { recorder, timekeeper } = this.keeper;
    if (recorder === undefined) return;
    try {
      this.#tape = recorder.record(this.#tape, { event, from, to, verdict, now: timekeeper.now() });
    } catch (error) {
      this.keeper.shield('recorder', () => {
        throw error;
      });
    }
  }

  protected detachWaiters(): (exit: Exit) => void {
    const [outbox, ready, closed] = [this.#outbox, this.#ready, this.#closed];
    const [states, inbox] = [this.#states, this.#inbox];
    this.#outbox = this.#ready = this.#closed = this.#states = this.#inbox = undefined;
    return (exit) => {
      outbox?.clear(this.#neverSent(`connection ${this.id} ended: ${exit.reason}`, exit));
      ready?.reject(new ConnectionClosedError(this.id, exit));
      closed?.resolve(exit);
      states?.complete();
      inbox?.end();
    };
  }

  protected publishEnd(
    kind: 'left' | 'gave-up',
    { reason, code, detail }: Exit,
    because: string | undefined,
  ): void {
    const history = kind === 'gave-up' && this.#tape !== undefined ? this.history() : undefined;
    this.keeper.publish(
      defined({ event: kind, ...this.name(), reason, because, code, detail, history } as const),
    );
  }

  #neverSent(why: string, exit = this.exit): DeliveryError {
    const cause = exit && new ConnectionClosedError(this.id, exit);
    return new DeliveryError('never-sent', why, { cause });
  }
}
