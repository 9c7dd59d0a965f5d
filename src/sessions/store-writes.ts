/** The writes of one session to the store: claims, what was handled, messages of this side, acknowledgements, its ends. */
import { DeliveryError } from '../base/errors.ts';
import type { Message } from '../messages/message.ts';
import type { Timekeeper } from '../time/timekeeper.ts';
import type { SessionReceipt } from './info.ts';
import type { SessionLink } from './link.ts';
import { Numbered } from './outgoing.ts';
import type { SessionsHost } from './sessions-host.ts';
import type { Granted, Place, SessionStore, Written } from './store.ts';
import { StoreCalls } from './store-calls.ts';

/** The session whose writes these are. */
export interface WritingSession extends Pick<SessionLink, 'in' | 'out' | 'state' | 'epoch' | 'line'> {
  readonly id: string;
  readonly place: Place;
  readonly outbox: { readonly length: number };
  readonly carrier: { readonly incarnation: number; drained(): void } | undefined;
  /** The session takes no more messages, and hands out none. */
  readonly leaving: boolean;
  /** The messages that there is credit for, taken out of the outbox. */
  takeBatch(most: number): readonly Message[];
  receiptFor(message: Message, receipt: SessionReceipt): void;
  settled(number: number): void;
  /** Says what was handled, as soon as possible. */
  acknowledge(): void;
  lost(reason: 'moved' | 'expired'): void;
  finish(reason: string, store: boolean): void;
  gap(): void;
  /** The epoch of the store is not known. */
  readonly isUncertain: boolean;
}

/** Messages that are appended in one call. */
const BATCH = 64;
/** Milliseconds until a write is made again whose epoch is not known. */
const WAIT = 100;

/** Kinds of writes, of which each has one call under way at a time; what is asked for meanwhile is one call after it. */
const CLAIM = 1;
const RECORD = 2;
const APPEND = 4;
const ACK = 8;

export class StoreWrites extends StoreCalls {
  /** Messages of the other side that this process has claimed. */
  claimed = 0;
  /** Messages of which the store was told that they are handled, and has answered. */
  #recorded = 0;
  readonly #session: WritingSession;
  readonly #host: SessionsHost;
  readonly #store: SessionStore;
  /** The kinds of writes that are under way, and those that are to be made again. */
  #running = 0;
  #wanted = 0;
  /** Messages of which the store knows that the other side has handled them; -1: it was not told of any ack. */
  #acked = -1;
  #isGivingBack = false;
  #hasGivenBack = false;
  /** A claim is asked for: given back before its answer, it would be made again. */
  #isClaiming = false;

  constructor(session: WritingSession, host: SessionsHost) {
    super();
    this.#session = session;
    this.#host = host;
    this.#store = host.store;
  }

  get isAppending(): boolean {
    return (this.#running & APPEND) !== 0;
  }

  /** Something of what was handled is not recorded or given back. */
  get isSettling(): boolean {
    return (this.#running & RECORD) !== 0 || this.#isGivingBack;
  }

  /** The session as the store has it. */
  restore({ sent, frames, handled, doubtful }: Granted): void {
    const { in: incoming, out } = this.#session;
    const { framing, window } = this.#host.settings;
    // Frames that the hello called handled were not asked for.
    out.restore(
      sent - frames.length,
      frames.map((frame) => new Numbered(framing.carried(frame), frame.length - 1, 0)),
    );
    incoming.restore(handled, doubtful);
    incoming.agree(window);
    this.claimed = this.#recorded = handled;
  }

  /** Messages have arrived. */
  claim(): void {
    if (this.claimed < this.#session.in.received) this.#want(CLAIM);
  }

  record(): void {
    this.#want(RECORD);
  }

  append(): void {
    if (this.#session.outbox.length > 0 && this.#session.state !== 'new') this.#want(APPEND);
  }

  acknowledge(): void {
    this.#want(ACK);
  }

  detach(): void {
    const place = this.#place;
    void this.persist(() => this.#store.detach(place)).then((answer) => {
      if (place.epoch === this.#session.epoch && !this.#session.isUncertain) this.#heed(answer);
    });
  }

  end(): void {
    const place = this.#place;
    this.#isGivingBack = true;
    void this.persist(() => this.#store.end(place)).then(() => this.#left());
  }

  /** Once the message that is being handled is recorded, the claims end. */
  giveBack(): void {
    this.#isGivingBack = true;
    this.#settled();
  }

  async lapse(kept: () => void): Promise<void> {
    const place = this.#place;
    const answer = await this.persist(() => this.#store.lapse(place));
    if (this.#session.state !== 'detached' || this.#session.epoch !== place.epoch) return;
    if (answer === 'ok') kept();
    else if (answer === 'moved' && this.#session.isUncertain) kept();
    else if (answer === 'moved') this.#session.lost('moved');
    else this.#session.finish('expired', false);
  }

  protected get timekeeper(): Timekeeper {
    return this.#host.timekeeper;
  }

  protected get isDone(): boolean {
    return this.#host.isGone || (this.#session.state === 'ended' && !this.#isGivingBack);
  }

  protected failed(error: unknown): void {
    this.#host.report(error, 'session store');
  }

  #want(kind: number): void {
    this.#wanted |= kind;
    if ((this.#running & kind) === 0) void this.#run(kind);
  }

  async #run(kind: number): Promise<void> {
    this.#running |= kind;
    while ((this.#wanted & kind) !== 0) {
      this.#wanted &= ~kind;
      if (kind === CLAIM) await this.#claim();
      else if (kind === RECORD) await this.#record();
      else if (kind === APPEND) await this.#append();
      else await this.#acknowledge();
    }
    this.#running &= ~kind;
  }

  get #place(): Place {
    return { ...this.#session.place };
  }

  /**
   * A write at the present epoch; undefined when no answer is wanted any more. What was sent at an epoch that is over by now, or while the
   * epoch is not known, is sent again: `moved` then says nothing.
   */
  async #written(write: (place: Place) => Promise<Written>): Promise<Written | undefined> {
    for (;;) {
      const place = this.#place;
      const answer = await this.persist(() => write(place));
      const { epoch, isUncertain, state } = this.#session;
      if (answer !== 'moved' || state === 'ended' || (epoch === place.epoch && !isUncertain)) return answer;
      if (epoch === place.epoch) await this.pause(WAIT);
    }
  }

  async #claim(): Promise<void> {
    const session = this.#session;
    const { received } = session.in;
    if (this.claimed >= received || session.leaving) return;
    const from = this.claimed + 1;
    this.#isClaiming = true;
    const answer = await this.#written((place) => this.#store.claim(place, from, received));
    this.#isClaiming = false;
    if (answer === 'ok') this.claimed = received;
    this.#heed(answer);
    session.in.handOut();
    this.#settled();
  }

  async #record(): Promise<void> {
    const session = this.#session;
    const { done } = session.in;
    if (done > this.#recorded) {
      const answer = await this.#written((place) => this.#store.record(place, done));
      this.#recorded = done;
      if (answer === 'ok' && session.state !== 'ended') session.settled(done);
      this.#heed(answer === 'gap' ? await this.#whyGap() : answer);
    }
    this.#settled();
  }

  /** A claim that is not held: another process has the session since the lease ran out, or the store has forgotten it. */
  async #whyGap(): Promise<Written | undefined> {
    const answer = await this.#written((place) => this.#store.lapse(place));
    return answer === 'ok' ? 'gap' : answer;
  }

  async #append(): Promise<void> {
    const session = this.#session;
    const { framing } = this.#host.settings;
    const batch = session.state === 'ended' ? [] : session.takeBatch(BATCH);
    if (batch.length === 0) return;
    const from = session.out.sent + 1;
    const frames = batch.map(({ chunk }) => framing.frameOf(chunk));
    const answer = await this.#written((place) => this.#store.append(place, from, frames));
    if (answer === 'ok') this.#number(batch);
    else this.#leaveUnsent(batch, answer);
    this.#heed(answer);
    session.line?.pump();
    this.append();
    session.carrier?.drained();
  }

  /** The store has them: from here on they are sent until they are handled. */
  #number(batch: readonly Message[]): void {
    const { out, carrier } = this.#session;
    const { framing } = this.#host.settings;
    for (const message of batch) {
      const numbered = new Numbered(message.chunk, framing.payloadOf(message.chunk), message.silence);
      this.#session.receiptFor(message, out.number(numbered, carrier?.incarnation ?? 0));
    }
    if (this.#session.state === 'ended') out.end();
  }

  /** The store may have them where no answer came, and the other side may get them from another process. */
  #leaveUnsent(batch: readonly Message[], answer: Written | undefined): void {
    if (answer === undefined) return this.#number(batch);
    for (const message of batch)
      message.reject(new DeliveryError('never-sent', `the store has not taken the message: ${answer}`));
  }

  async #acknowledge(): Promise<void> {
    const { acked } = this.#session.out;
    if (acked <= this.#acked || this.#session.state === 'ended') return;
    const answer = await this.#written((place) => this.#store.acknowledge(place, acked));
    if (answer === 'ok') this.#acked = acked;
    this.#heed(answer);
  }

  /** An answer of the store that ends the session here. */
  #heed(answer: Written | undefined): void {
    const session = this.#session;
    if (answer === undefined || answer === 'ok' || session.state === 'ended') return;
    if (answer === 'gap') session.gap();
    else session.lost(answer === 'moved' ? 'moved' : 'expired');
  }

  /** Gives back once nothing is handled any more, and once only. */
  #settled(): void {
    const { in: incoming } = this.#session;
    if (!this.#isGivingBack || this.#hasGivenBack || this.#isClaiming || incoming.isBusy) return;
    // Messages that were handled before the session was lost are recorded first: given back, they would come again elsewhere.
    if (incoming.done > this.#recorded) return this.record();
    this.#hasGivenBack = true;
    this.#session.acknowledge();
    const place = this.#place;
    void this.persist(() => this.#store.giveBack(place)).then(() => this.#left());
  }

  #left(): void {
    this.#isGivingBack = false;
    if (this.#session.state === 'ended') {
      this.stop();
      this.#host.forget(this.#session);
    }
    this.#session.carrier?.drained();
  }
}
