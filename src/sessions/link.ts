/** The half of a session that both sides have: its counters, its state, and the socket it has now. */
import { badConfig } from '../base/errors.ts';
import type { Outgoing as Writing } from '../messages/writer.ts';
import type { Alarm, Timekeeper } from '../time/timekeeper.ts';
import { type SessionAction, type SessionEvent, type SessionState, stepSession } from './chart.ts';
import type { Consumers } from './consumers.ts';
import { Incoming, type IncomingHost } from './incoming.ts';
import { Outgoing } from './outgoing.ts';
import { ackFrame, type Window } from './wire.ts';

/** The dialogue of the socket that a session has. */
export interface Line {
  /** Dialling side: the goodbye of this side was said, and not answered. */
  readonly hasLeft?: boolean;
  /** Sends what waits, if it may; `isMany`: that is several frames, which may leave together. */
  pump(isMany?: boolean): void;
  /** Nothing of the session goes to that socket any more, and nothing counts that comes from it. */
  fenced(): void;
  /** A frame, as the protocol beneath carries it. */
  carried(frame: Uint8Array): unknown;
}

/** Milliseconds after which a message that was handled is acknowledged. */
const ACK_DELAY = 250;
/** Milliseconds after which a full window is an event. */
const STUCK = 30_000;

const ignore = () => {};
/** Resolved: what follows runs at the end of the turn. */
export const atEnd = Promise.resolve();

export abstract class SessionLink implements IncomingHost, Alarm {
  at = 0;
  slot = -1;
  state: SessionState = 'new';
  /** 128 random bits in hexadecimal; empty before the welcome. */
  id = '';
  epoch = 0;
  /** The present or last socket went on with what was before. */
  resumed = false;
  line: Line | undefined;
  readonly out = new Outgoing();
  readonly in: Incoming;
  #stuck: Stuck | undefined;
  #next: Line | undefined;

  constructor() {
    this.in = new Incoming(this);
  }

  abstract readonly consumers: Consumers;
  abstract readonly mayHand: number;
  abstract done(number: number): void;
  protected abstract readonly timekeeper: Timekeeper;
  /** The window is full for 30 s, and both sides are alive. */
  protected abstract stuck(forMs: number): void;
  /** Whether a message waits that has no number yet, and whether there is credit for it. */
  protected abstract readonly fresh: 'none' | 'fits' | 'full';
  /** Gives the next message its number. */
  protected abstract number(): void;

  /** Nothing may leave now. */
  get full(): boolean {
    if (this.in.isDue || this.out.replays) return false;
    const { fresh } = this;
    if (fresh === 'full') this.#watchStuck();
    return fresh !== 'fits';
  }

  /** The next frame for that socket: an ack, what the other side did not receive, what is new. */
  take(line: Line): Writing | undefined {
    if (line !== this.line) return undefined;
    if (this.in.isDue) return ackOf(line, this.in.say());
    if (!this.out.replays && this.fresh === 'fits') this.number();
    return this.out.next();
  }

  /** Whether something is to be sent. */
  get waits(): boolean {
    return this.in.isDue || this.out.replays || this.fresh !== 'none';
  }

  /** The other side has handled that many; false: a number that fits nowhere. */
  acknowledged(handled: number): boolean {
    const before = this.out.acked;
    const fits = this.out.acknowledged(handled);
    if (this.out.acked > before) this.#clearStuck();
    return fits;
  }

  /** The application has handled messages up to this number, and that is recorded. */
  settled(number: number): void {
    const urgency = this.in.settle(number);
    if (urgency === 'now') void atEnd.then(() => this.acknowledge());
    else if (urgency === 'soon') this.timekeeper.clock.afterIo(() => this.acknowledge());
    else if (this.slot < 0 && this.in.unsaid) this.timekeeper.set(this, this.timekeeper.now() + ACK_DELAY);
  }

  /** Messages that were handled and are not acknowledged are acknowledged as soon as possible. */
  acknowledge(): void {
    if (!this.in.unsaid || this.in.isDue) return;
    this.in.isDue = true;
    this.line?.pump();
  }

  ring(): void {
    this.acknowledge();
  }

  /** The socket of that dialogue is the one of the session, once both sides have greeted. */
  greeted(line: Line, window: Window): void {
    this.out.window = window;
    this.#next = line;
    this.step({ type: 'greeted' });
  }

  /** That socket is gone. Another one of this session is not concerned. */
  cut(line: Line): void {
    if (line === this.line) this.step({ type: 'cut' });
  }

  step(event: SessionEvent): void {
    const { to, actions } = stepSession(this.state, event);
    this.state = to;
    for (const action of actions) this[action]();
  }

  replay(): void {
    this.line = this.#next;
    this.#next = undefined;
    this.line?.pump(this.out.replays);
  }

  fence(): void {
    const { line } = this;
    this.line = undefined;
    this.#clearStuck();
    line?.fenced();
  }

  settle(): void {
    this.timekeeper.clear(this);
    this.out.end();
  }

  #watchStuck(): void {
    if (this.line === undefined) return;
    this.#stuck ??= new Stuck((forMs) => this.stuck(forMs));
    this.#stuck.begin(this.timekeeper);
  }

  #clearStuck(): void {
    this.#stuck?.end(this.timekeeper);
    this.#stuck = undefined;
  }
}

type Actions = Readonly<Record<SessionAction, () => void>>;
SessionLink.prototype satisfies Actions;

/** Waits while the window is full; tells once. */
class Stuck implements Alarm {
  at = 0;
  slot = -1;
  #told = false;
  readonly #tell: (forMs: number) => void;

  constructor(tell: (forMs: number) => void) {
    this.#tell = tell;
  }

  begin(timekeeper: Timekeeper): void {
    if (this.slot < 0 && !this.#told) timekeeper.set(this, timekeeper.now() + STUCK);
  }

  end(timekeeper: Timekeeper): void {
    timekeeper.clear(this);
  }

  ring(): void {
    this.#told = true;
    this.#tell(STUCK);
  }
}

function ackOf(line: Line, handled: number): Writing {
  const frame = ackFrame(handled);
  return { chunk: line.carried(frame), bytes: frame.length, silence: 0, resolve: ignore, reject: ignore };
}

/** The credit that both sides permit. */
export function smaller(one: Window, other: Window): Window {
  // Most sessions have the default of both sides, and share one object.
  if (one.messages <= other.messages && one.bytes <= other.bytes) return one;
  return { messages: Math.min(one.messages, other.messages), bytes: Math.min(one.bytes, other.bytes) };
}

/** Random bits in hexadecimal. Ids are secrets: the platform's generator of keys, and nothing else. */
export function randomHex(bytes: number): string {
  const { crypto } = globalThis as { crypto?: { getRandomValues(into: Uint8Array): Uint8Array } };
  if (crypto === undefined) throw badConfig('crypto', crypto, 'a platform with crypto.getRandomValues');
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
