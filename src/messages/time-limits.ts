/** The part `timeLimits`: for how long messages may wait, and for how long the peer may be silent behind one. */
import { parseDuration } from '../base/duration.ts';
import { badConfig, DeliveryError } from '../base/errors.ts';
import type { Duration } from '../config/policy.ts';
import type { Alarm, Timekeeper } from '../time/timekeeper.ts';
import type { Message, MessageExpiry } from './message.ts';
import type { Outbox } from './outbox.ts';
import type { Sender, TimeLimits } from './send.ts';

const limitsOf: TimeLimits = (sender, { expiresIn, silence }) => {
  const { age } = sender.plan.policy.outbox;
  const own = expiresIn === undefined ? Number.POSITIVE_INFINITY : durationOf('expiresIn', expiresIn);
  const ageMs = Math.min(own, age ?? own);
  const silenceMs = silence === undefined ? 0 : durationOf('silence', silence);
  const at = Math.ceil(sender.timekeeper.exactNow() + ageMs);
  return (message) => {
    if (ageMs < Number.POSITIVE_INFINITY) message.expiry = new Expiry(message, sender, at, ageMs);
    if (silenceMs > 0) message.silence = silenceMs;
  };
};

/** Throws `ConfigError`. */
function durationOf(path: string, value: Duration): number {
  const ms = parseDuration(value);
  if (ms !== undefined && ms >= 1) return ms;
  throw badConfig(path, value, 'a duration of at least 1ms, such as "250ms", "10s" or 2000 (ms)');
}

/** The alarm of a message that waits. */
export class Expiry implements Alarm, MessageExpiry {
  at: number;
  slot = -1;
  readonly #message: Message;
  readonly #outbox: Outbox;
  readonly #timekeeper: Timekeeper;
  /** For how long it may wait, in milliseconds. */
  readonly #ageMs: number;

  constructor(
    message: Message,
    { outbox, timekeeper }: Pick<Sender, 'outbox' | 'timekeeper'>,
    at: number,
    ageMs = at,
  ) {
    this.at = at;
    this.#message = message;
    this.#outbox = outbox;
    this.#timekeeper = timekeeper;
    this.#ageMs = ageMs;
  }

  begin(): void {
    this.#timekeeper.set(this, this.at);
  }

  end(): void {
    this.#timekeeper.clear(this);
  }

  isDue(now = this.#timekeeper.now()): boolean {
    return this.at <= now;
  }

  expire(): void {
    this.#outbox.remove(this.#message);
    this.#message.reject(new DeliveryError('expired', `expired in the outbox after ${this.#ageMs} ms`));
  }

  /**
   * Those right before it that are due as well go first: alarms of one time ring in no order. Needs no second look, as no input
   * can make a message younger.
   */
  ring(now: number): void {
    let due: Message | undefined = this.#message;
    while (due.before?.expiry?.isDue(now)) due = due.before;
    while (due !== undefined && this.#message.place > 0) {
      const { behind }: Message = due;
      due.expiry?.expire();
      due = behind;
    }
  }
}

export const timeLimits: { readonly timeLimits: TimeLimits } = { timeLimits: limitsOf };
