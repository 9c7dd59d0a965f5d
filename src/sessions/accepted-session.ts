/** A session of the accepting side, in the process that has it: counters in memory, and what the store is told of them. */
import { type Deferred, deferred } from '../base/deferred.ts';
import { DeliveryError, HoldfastError } from '../base/errors.ts';
import type { Policy } from '../config/policy.ts';
import type { Outbox } from '../messages/outbox.ts';
import type { Sender, SendOptions } from '../messages/send.ts';
import type { Timekeeper } from '../time/timekeeper.ts';
import { Consumers, type ConsumersHost, type Delivery } from './consumers.ts';
import type { Session, SessionClosed } from './handle.ts';
import type { SessionReceipt } from './info.ts';
import { SessionLink } from './link.ts';
import { queued } from './outgoing.ts';
import type { Parting } from './parting.ts';
import type { SessionsHost } from './sessions-host.ts';
import type { Claimant, Granted, Place } from './store.ts';
import { Pause } from './store-calls.ts';
import { StoreWrites, type WritingSession } from './store-writes.ts';

/** The socket of a session, beside its dialogue. */
export interface Carrier {
  readonly id: string;
  /** Credentials redacted. */
  readonly url: string;
  readonly incarnation: number;
  /** Has the limits of messages that wait. */
  readonly policy: Pick<Policy, 'outbox'>;
  /** Ends the socket, after what waits was sent. */
  close(): unknown;
  /** Tells the dialling side that this socket has no session any more; by `replaced` the socket ends, too. */
  refuse(reason: 'replaced' | 'unknown-session' | 'gap'): void;
  /** Something that the end waits for may be done. */
  drained(): void;
  stuck(session: AcceptedSession, forMs: number): void;
  tell(session: AcceptedSession, to: 'attached' | 'detached' | 'ended', reason?: string): void;
}

export class AcceptedSession extends SessionLink implements ConsumersHost, Sender, WritingSession {
  readonly identity: string;
  /** Replaced with each epoch: calls to the store that are under way keep theirs. */
  place: Place;
  readonly keepFor: number;
  readonly consumers = new Consumers(this);
  readonly outbox: Outbox;
  readonly writes: StoreWrites;
  /** The dialling side's session object, and the last of its hellos that was granted. */
  instance = '';
  attempt = 0;
  handler: Session['onMessage'];
  carrier: Carrier | undefined;
  /** There was an ack: the other side has had a welcome, and the application knows of the session. */
  isKept = false;
  isAnnounced = false;
  /** A resume was asked for, and its answer did not come. */
  isUnanswered = false;
  /** The dialling side ends the session. */
  parting: Parting | undefined;
  /** Why the session is being closed from this side. */
  closing: string | undefined;
  /** It ended, and not in this process alone. */
  isOverForAll = false;
  /** Nothing more is handed out: the process stops, or lost the session. */
  retiring = false;
  readonly #host: SessionsHost;
  #closed: Deferred<SessionClosed> | undefined;
  #end: SessionClosed | undefined;
  /** While it has no socket: rings when `keepFor` has passed. */
  lapse: Pause | undefined;
  /** The connection that it had last, for inspectors: its names alone, so that it is not kept. */
  last: readonly [id: string, url: string] | undefined;
  #policy: Pick<Policy, 'outbox'>;

  constructor(host: SessionsHost, granted: Granted, { identity, process }: Claimant, carrier: Carrier) {
    super();
    const { session, epoch, keepFor } = granted;
    this.#host = host;
    this.id = session;
    this.epoch = epoch;
    this.identity = identity;
    this.keepFor = keepFor;
    this.place = { session, epoch, process };
    this.#policy = carrier.policy;
    this.outbox = host.mail.outboxOf();
    this.writes = new StoreWrites(this, host);
    this.writes.restore(granted);
  }

  // --- its socket

  /** A hello was granted. */
  moveTo(epoch: number): void {
    this.epoch = epoch;
    this.place = { ...this.place, epoch };
  }

  /** Both sides have greeted: the numbers fit. */
  attach(carrier: Carrier): void {
    this.lapse?.stop();
    this.lapse = undefined;
    this.carrier = carrier;
    this.#policy = carrier.policy;
  }

  /** The socket is gone. */
  detached(): void {
    const { carrier } = this;
    this.carrier = undefined;
    this.last = carrier && [carrier.id, carrier.url];
    if (this.state === 'ended') return;
    carrier?.tell(this, 'detached');
    if (this.closing !== undefined) return this.finish(this.closing);
    if (this.retiring) return;
    // The other side may not know the session before its first ack: it ends with its socket.
    if (!this.isKept) return this.finish('closed');
    this.writes.detach();
    this.#awaitLapse();
  }

  /** The process stops: nothing more is claimed or handed out. What is being handled is recorded, and the rest given back. */
  retire(): void {
    if (this.retiring || this.state === 'ended') return;
    this.retiring = true;
    this.outbox.clear(new DeliveryError('never-sent', 'the process stops'));
    this.writes.giveBack();
  }

  /** Ends the session in this process; `store`: and for all. */
  finish(reason: string, store = true): void {
    if (this.state === 'ended') return;
    const { acked, unacknowledged } = this.out;
    const { carrier } = this;
    this.step({ type: 'over' });
    this.lapse?.stop();
    this.in.drop();
    this.outbox.clear(new DeliveryError('never-sent', `the session is over: ${reason}`));
    this.consumers.end();
    this.isOverForAll = store;
    if (store) this.writes.end();
    else this.writes.giveBack();
    carrier?.tell(this, 'ended', reason);
    this.#end = { reason, acknowledged: acked, unacknowledged };
    this.#closed?.resolve(this.#end);
  }

  /** Another process has it, or the store. The message that is being handled is recorded, the rest given back; one whose handler failed ends it for all. */
  lost(reason: 'moved' | 'expired'): void {
    this.retiring = true;
    this.carrier?.refuse(reason === 'moved' ? 'replaced' : 'unknown-session');
    const hasFailed = reason === 'moved' && this.in.isHalted;
    this.finish(hasFailed ? 'failed' : reason, hasFailed);
  }

  /** A number fits nowhere. */
  gap(): void {
    this.carrier?.refuse('gap');
    this.finish('gap');
  }

  // --- what its application asks for

  get closed(): Promise<SessionClosed> {
    if (this.#end !== undefined) return Promise.resolve(this.#end);
    this.#closed ??= deferred();
    return this.#closed.promise;
  }

  send(data: unknown, options?: SendOptions): Promise<SessionReceipt> {
    const { mail } = this.#host;
    if (this.leaving)
      return mail.refused(new DeliveryError('never-sent', 'the session is over, or being closed'));
    const receipt = mail.submit(data, this, options) as unknown as Promise<SessionReceipt>;
    const waits = this.outbox.length > 0 || this.writes.isAppending;
    return this.in.isBusy && waits ? queued(receipt, this.carrier?.incarnation ?? 0) : receipt;
  }

  async handledWith(run: (transaction: unknown) => unknown): Promise<void> {
    if (!this.in.isBusy)
      throw new HoldfastError('bad-config', 'handled: no message of the session is being handled');
    if (this.retiring) throw new HoldfastError('replaced', 'the session belongs to another process by now');
    await this.#host.store.transact(this.place, this.in.done + 1, run);
  }

  close(reason: string): Promise<SessionClosed> {
    if (this.state === 'ended' || this.closing !== undefined) return this.closed;
    this.closing = reason;
    if (this.carrier === undefined) this.finish(reason);
    else this.carrier.close();
    return this.closed;
  }

  // --- what a sender has

  get plan(): Sender['plan'] {
    return this;
  }

  get protocol(): Sender['plan']['protocol'] {
    return this.#host.settings.framing;
  }

  get policy(): Sender['plan']['policy'] {
    return this.#policy;
  }

  get current(): Sender['current'] {
    return this;
  }

  pump(): void {
    this.writes.append();
  }

  crash(error: unknown): void {
    this.#host.report(error, 'send');
  }

  get timekeeper(): Timekeeper {
    return this.#host.timekeeper;
  }

  get leaving(): boolean {
    return this.state === 'ended' || this.closing !== undefined || this.retiring;
  }

  // --- what its link asks for

  /** The epoch of the store may be a later one than the session has here. */
  get isUncertain(): boolean {
    return this.isUnanswered || this.#host.isAsked(this);
  }

  get mayHand(): number {
    return this.leaving || !this.#host.holdsClaims ? 0 : this.writes.claimed;
  }

  done(): void {
    this.writes.record();
    if (this.leaving) this.carrier?.drained();
  }

  override settled(number: number): void {
    super.settled(number);
    this.parting?.check();
  }

  /** Messages get their numbers from the store. */
  protected get fresh(): 'none' | 'full' {
    return this.outbox.length > 0 && !this.writes.isAppending ? 'full' : 'none';
  }

  protected number(): void {}

  /** Whether a goodbye of this side waits for something. */
  get holdsEnd(): boolean {
    if (this.in.isBusy || this.writes.isSettling) return true;
    return !this.retiring && (this.outbox.length > 0 || this.writes.isAppending);
  }

  /** The other side has handled messages: there may be credit for others. */
  override acknowledged(handled: number): boolean {
    if (!super.acknowledged(handled)) return false;
    this.writes.acknowledge();
    this.writes.append();
    return true;
  }

  protected stuck(forMs: number): void {
    this.carrier?.stuck(this, forMs);
  }

  // --- what its consumers ask for

  get hasCallback(): boolean {
    return this.handler !== undefined;
  }

  call(message: unknown, delivery: Delivery): unknown {
    return this.handler?.(message as string, delivery);
  }

  changed(): void {
    this.in.handOut();
  }

  failed(error: unknown): boolean {
    this.#host.report(error, 'onMessage');
    if (this.#host.settings.onFailure === 'handled') return true;
    this.in.halt();
    void this.close('failed');
    return false;
  }

  /** Asks the store once `keepFor` has passed: its clock decides. */
  #awaitLapse(): void {
    // A resume whose socket was gone leaves a session that was detached before.
    if (this.lapse !== undefined) this.timekeeper.clear(this.lapse);
    this.lapse = new Pause(this.timekeeper, this.keepFor + 1, () => {
      if (this.state === 'detached') void this.writes.lapse(() => this.#awaitLapse());
    });
  }
}
