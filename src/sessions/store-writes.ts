/** The writes of one session to the store: claims, what was handled, messages of this side, acknowledgements, its ends. */
import type { Message } from '../messages/message.ts';
import type { Outbox } from '../messages/outbox.ts';
import type { Timekeeper } from '../time/timekeeper.ts';
import { numberBatch, refuseBatch, takeBatch } from './batch.ts';
import type { SessionLink } from './link.ts';
import { Numbered } from './outgoing.ts';
import type { SessionsHost } from './sessions-host.ts';
import type { Granted, Place, SessionStore, Written } from './store.ts';
import { after, type Later, StoreCalls, unlessLost } from './store-calls.ts';

/** The session whose writes these are. */
export interface WritingSession extends Pick<SessionLink, 'in' | 'out' | 'state' | 'epoch' | 'line'> {
  readonly id: string;
  readonly place: Place;
  readonly outbox: Outbox;
  readonly carrier: { readonly incarnation: number; drained(): void } | undefined;
  /** The session takes no more messages, and hands out none. */
  readonly leaving: boolean;
  settled(number: number): void;
  /** Says what was handled, as soon as possible. */
  acknowledge(): void;
  lost(reason: 'moved' | 'expired'): void;
  finish(reason: string, store: boolean): void;
  gap(): void;
  /** The epoch of the store is not known. */
  readonly isUncertain: boolean;
}

/** Milliseconds until a write is made again whose epoch is not known. */
const WAIT = 100;

/** Kinds of writes, in the order in which those of one turn are made. */
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
    return this.isUnderWay(APPEND);
  }

  /** Something of what was handled is not recorded or given back. */
  get isSettling(): boolean {
    return this.isWanted(RECORD) || this.isUnderWay(RECORD) || this.#isGivingBack;
  }

  /** The session as the store has it. */
  restore({ sent, frames, handled, doubtful }: Granted): void {
    const { in: incoming, out } = this.#session;
    const { framing, window } = this.#host.settings;
    // Frames that the hello called handled were not asked for.
    out.restore(
      sent - frames.length,
      frames.map((frame) => new Numbered(framing.carried(frame), frame.length - 1, 0, 0)),
    );
    incoming.restore(handled, doubtful);
    incoming.agree(window);
    this.claimed = this.#recorded = handled;
  }

  /** Messages have arrived. */
  claim(): void {
    if (this.claimed < this.#session.in.received) this.want(CLAIM);
  }

  record(): void {
    this.want(RECORD);
  }

  append(): void {
    if (this.#session.outbox.length > 0 && this.#session.state !== 'new') this.want(APPEND);
  }

  acknowledge(): void {
    this.want(ACK);
  }

  detach(): void {
    const { place, out } = this.#session;
    // The store would end a session with its socket where it has not heard of the first ack, as that call is made again.
    const kept = this.#acked < 0 ? this.persist(() => this.#store.acknowledge(place, out.acked)) : 'ok';
    const told = after(kept, () => this.persist(() => this.#store.detach(place)));
    void after(told, (answer) => {
      if (place.epoch === this.#session.epoch && !this.#session.isUncertain) this.#heed(answer);
    });
    // What waited for the socket waits for none any more.
    this.append();
  }

  end(): void {
    const { place } = this.#session;
    this.#isGivingBack = true;
    void after(
      this.persist(() => this.#store.end(place)),
      () => this.#left(),
    );
  }

  /** Once the message that is being handled is recorded, the claims end. */
  giveBack(): void {
    this.#isGivingBack = true;
    this.#settled();
  }

  async lapse(kept: () => void): Promise<void> {
    const { place } = this.#session;
    const answer = await this.persist(() => this.#store.lapse(place));
    if (this.#session.state !== 'detached' || this.#session.epoch !== place.epoch) return;
    if (answer === 'ok' || (answer === 'moved' && this.#session.isUncertain)) kept();
    else if (answer === 'moved') this.#session.lost('moved');
    else this.#session.finish('expired', false);
  }

  protected get timekeeper(): Timekeeper {
    return this.#host.timekeeper;
  }

  protected get isDone(): boolean {
    return this.#host.isGone || (this.#session.state === 'ended' && !this.#isGivingBack);
  }

  /** Nothing more is written in this turn: the end may have waited for that. */
  protected rests(): void {
    if (this.#session.leaving) this.#session.carrier?.drained();
  }

  protected failed(error: unknown): void {
    this.#host.report(error, 'session store');
  }

  protected make(kind: number): Later<void> {
    if (kind === CLAIM) return this.#claim();
    if (kind === RECORD) return this.#record();
    return kind === APPEND ? this.#append() : this.#acknowledge();
  }

  /**
   * A write at the present epoch; undefined when no answer is wanted any more. What was sent at an epoch that is over by now, or while the
   * epoch is not known, is sent again: `moved` then says nothing.
   */
  #written(write: (place: Place) => Later<Written>): Later<Written | undefined> {
    const { place } = this.#session;
    return after(
      this.persist(() => write(place)),
      (answer) => {
        const session = this.#session;
        if (answer !== 'moved' || session.state === 'ended') return answer;
        const isPresent = session.epoch === place.epoch;
        return isPresent && !session.isUncertain ? answer : this.#rewritten(write, isPresent);
      },
    );
  }

  #write(
    write: (place: Place) => Later<Written>,
    next: (answer: Written | undefined) => Later<void>,
  ): Later<void> {
    return after(this.#written(write), next);
  }

  async #rewritten(write: (place: Place) => Later<Written>, waits: boolean): Promise<Written | undefined> {
    if (waits) await this.pause(WAIT);
    return this.#written(write);
  }

  #claim(): Later<void> {
    const session = this.#session;
    const { received } = session.in;
    if (this.claimed >= received || session.leaving) return;
    const from = this.claimed + 1;
    this.#isClaiming = true;
    return this.#write(
      (place) => this.#store.claim(place, from, received),
      (answer) => {
        this.#isClaiming = false;
        if (answer === 'ok') this.claimed = received;
        this.#heed(answer);
        session.in.handOut();
        this.#settled();
      },
    );
  }

  #record(): Later<void> {
    const session = this.#session;
    const { done } = session.in;
    if (done <= this.#recorded) return this.#settled();
    return this.#write(
      (place) => this.#store.record(place, done),
      (answer) => {
        this.#recorded = done;
        if (answer === 'ok' && session.state !== 'ended') session.settled(done);
        return after(answer === 'gap' ? this.#whyGap() : answer, (why) => {
          this.#heed(why);
          this.#settled();
        });
      },
    );
  }

  /** A claim that is not held: another process has the session since the lease ran out, or the store has forgotten it. */
  #whyGap(): Later<Written | undefined> {
    const kept = this.#written((place) => this.#store.lapse(place));
    return after(kept, (answer) => (answer === 'ok' ? 'gap' : answer));
  }

  #append(): Later<void> {
    const session = this.#session;
    const { framing } = this.#host.settings;
    const backlog = session.line === undefined ? 0 : session.out.backlog;
    const batch = session.state === 'ended' ? [] : takeBatch(session.outbox, session.out, framing, backlog);
    if (batch.length === 0) return;
    const from = session.out.sent + 1;
    const frames = batch.map(({ chunk }) => framing.frameOf(chunk));
    let isUnsure = false;
    return this.#write(
      (place) => unlessLost(this.#store.append(place, from, frames), () => (isUnsure = true)),
      (answer) => {
        // The store may have them where an answer was lost, and the other side may get them from another process.
        if (answer === 'ok' || answer === undefined || isUnsure) this.#number(batch);
        else refuseBatch(batch, answer);
        this.#heed(answer);
        session.line?.pump(batch.length > 1);
        this.append();
      },
    );
  }

  #number(batch: readonly Message[]): void {
    const { out, carrier, state } = this.#session;
    numberBatch(batch, out, this.#host.settings.framing, carrier?.incarnation ?? 0);
    if (state === 'ended') out.end();
  }

  #acknowledge(): Later<void> {
    const { acked } = this.#session.out;
    if (acked <= this.#acked || this.#session.state === 'ended') return;
    return this.#write(
      (place) => this.#store.acknowledge(place, acked),
      (answer) => {
        if (answer === 'ok') this.#acked = acked;
        this.#heed(answer);
      },
    );
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
    const { in: incoming, place } = this.#session;
    if (!this.#isGivingBack || this.#hasGivenBack || this.#isClaiming || incoming.isBusy) return;
    // Messages that were handled before the session was lost are recorded first: given back, they would come again elsewhere.
    if (incoming.done > this.#recorded) return this.record();
    this.#hasGivenBack = true;
    this.#session.acknowledge();
    void after(
      this.persist(() => this.#store.giveBack(place)),
      () => this.#left(),
    );
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
