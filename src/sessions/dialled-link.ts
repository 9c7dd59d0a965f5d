/** A session of the dialling side. It lives in memory, over all sockets of its connection. */
import type { Timekeeper } from '../time/timekeeper.ts';
import type { Consumers } from './consumers.ts';
import { type Line, randomHex, SessionLink, smaller } from './link.ts';
import { type Hello, VERSION, type Welcome, type Window } from './wire.ts';

/** The connection of a session, as far as the session needs it. */
export interface DialledOwner {
  readonly consumers: Consumers;
  readonly timekeeper: Timekeeper;
  /** This side's limit. */
  readonly window: Window;
  /** The connection was alive since the session began, and is not closing. */
  readonly handsOut: boolean;
  /** Bytes of the payload of the next message that waits; undefined: none does. */
  readonly nextPayload: number | undefined;
  /** Takes that message, and gives it to the session. */
  numberNext(link: DialledLink): void;
  /** What is unacknowledged has changed. */
  counted(): void;
  /** The application has done with a message. */
  handled(): void;
  stuck(forMs: number): void;
}

export class DialledLink extends SessionLink {
  readonly instance = randomHex(8);
  attempt = 0;
  /** How many messages of an earlier session come first. */
  again = 0;
  readonly #owner: DialledOwner;

  constructor(owner: DialledOwner) {
    super();
    this.#owner = owner;
  }

  get consumers(): Consumers {
    return this.#owner.consumers;
  }

  get mayHand(): number {
    return this.#owner.handsOut ? Number.POSITIVE_INFINITY : 0;
  }

  done(number: number): void {
    if (this.state !== 'ended') this.settled(number);
    this.#owner.handled();
  }

  /** Fences the socket of before: nothing of it counts once the numbers are said. */
  hello(): Omit<Hello, 'credentials'> {
    if (this.line !== undefined) this.cut(this.line);
    const { id, epoch, again, instance } = this;
    return {
      v: VERSION,
      instance,
      attempt: ++this.attempt,
      ...(id !== '' && { session: id }),
      epoch,
      received: this.in.received,
      handled: this.in.say(),
      acked: this.out.acked,
      ...(again > this.out.acked && { again }),
      window: this.#owner.window,
    };
  }

  /** Returns false when the numbers of the welcome fit nowhere. */
  welcomed(welcome: Welcome, line: Line): boolean {
    const { received, handled, acked, session, epoch, resumed } = welcome;
    if (acked > this.in.handled || !this.out.greeted(received, handled)) return false;
    this.id = session;
    this.epoch = epoch;
    this.resumed = resumed;
    const window = smaller(this.#owner.window, welcome.window);
    this.in.agree(window);
    // The first ack says that the welcome has arrived.
    this.in.isDue = true;
    this.greeted(line, window);
    return true;
  }

  override acknowledged(handled: number): boolean {
    const fits = super.acknowledged(handled);
    this.#owner.counted();
    return fits;
  }

  protected get timekeeper(): Timekeeper {
    return this.#owner.timekeeper;
  }

  protected get fresh(): 'none' | 'fits' | 'full' {
    const payload = this.#owner.nextPayload;
    if (payload === undefined) return 'none';
    return this.out.fits(payload) ? 'fits' : 'full';
  }

  protected number(): void {
    this.#owner.numberNext(this);
  }

  protected stuck(forMs: number): void {
    this.#owner.stuck(forMs);
  }
}
