/** The way of a message into an outbox. */
import { checkSignal, onAbort } from '../base/abortable.ts';
import { parseDuration } from '../base/duration.ts';
import { badConfig, DeliveryError, isHoldfastError } from '../base/errors.ts';
import { checked, type Kinds } from '../base/options.ts';
import type { Duration, Policy } from '../config/policy.ts';
import type { Protocol } from '../ports/protocol.ts';
import type { Timekeeper } from '../time/timekeeper.ts';
import { Message } from './message.ts';
import type { Outbox } from './outbox.ts';
import type { Receipt } from './receipts.ts';
import { sizeOf } from './writer.ts';

/** Options of `send`. */
export interface SendOptions {
  /** Aborting it takes the message back: `never-sent`. No effect once the message has begun to leave. */
  readonly signal?: AbortSignal | undefined;
  /** For how long the message may wait, at least 1 ms; after that it is `expired`. Default: the policy's age. */
  readonly expiresIn?: Duration | undefined;
  /**
   * For how long the peer may be silent once the message was written, at least 1 ms: no verdict by silence until then, or until
   * its next frame that is no heartbeat. For commands that an in-order peer works on before it answers anything else.
   */
  readonly silence?: Duration | undefined;
}

/** The part of a running incarnation that a message needs. */
interface Outlet {
  /** Sends waiting messages, if they may flow. */
  pump(): void;
  /** Code of the user threw. */
  crash(error: unknown): void;
}

/** The part of a plan that a message needs. */
interface Terms {
  readonly protocol: Pick<Protocol, 'encode' | 'measure'>;
  readonly policy: Pick<Policy, 'outbox'>;
}

/** The connection that sends. */
export interface Sender {
  readonly plan: Terms;
  readonly outbox: Outbox;
  /** The running incarnation. */
  readonly current: Outlet | undefined;
  readonly timekeeper: Timekeeper;
  /** The connection takes no more messages. */
  readonly leaving: boolean;
}

/** Encodes and queues a message, and lets the incarnation take it if it may. */
export function submit(data: unknown, sender: Sender, options?: SendOptions | null): Promise<Receipt> {
  const { plan, current } = sender;
  try {
    const { signal, expiresIn, silence } = options == null ? none : checked('send', options, sendKinds);
    const ageMs = ageOf(expiresIn, sender);
    const silenceMs = silence === undefined ? 0 : durationOf('silence', silence);
    const expiresAt =
      ageMs === Number.POSITIVE_INFINITY ? ageMs : Math.ceil(sender.timekeeper.exactNow() + ageMs);
    checkSignal(signal);
    if (signal?.aborted) return refused(aborted(signal));
    const { protocol } = plan;
    const chunk = protocol.encode === undefined ? data : protocol.encode(data);
    const bytes = protocol.encode === undefined ? (protocol.measure?.(data) ?? sizeOf(data)) : sizeOf(chunk);
    // `encode` is code of the user, and may have closed the connection: its outbox is cleared by now.
    if (sender.leaving)
      return refused(
        new DeliveryError('never-sent', 'the connection was closed while the message was encoded'),
      );
    const { outbox } = sender;
    const message = new Message(chunk, bytes, expiresAt, ageMs);
    if (silenceMs > 0) message.silence = silenceMs;
    if (outbox.push(message, plan.policy.outbox)) {
      if (signal !== undefined) withdrawOnAbort(message, outbox, signal);
      current?.pump();
    }
    return message.receipt;
  } catch (error) {
    return refused(refusal(error, current));
  }
}

const none: SendOptions = {};
const sendKinds: Kinds<SendOptions> = { signal: 0, expiresIn: 0, silence: 0 };

/** A rejection that may be ignored. */
export function refused(error: Error): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => {});
  return promise;
}

/** For how long a message may wait, in milliseconds. Throws `ConfigError`. */
function ageOf(expiresIn: SendOptions['expiresIn'], { plan }: Sender): number {
  const { age } = plan.policy.outbox;
  if (expiresIn === undefined && age === null) return Number.POSITIVE_INFINITY;
  const own = expiresIn === undefined ? Number.POSITIVE_INFINITY : durationOf('expiresIn', expiresIn);
  return Math.min(own, age ?? own);
}

/** Throws `ConfigError`. */
function durationOf(path: string, value: Duration): number {
  const ms = parseDuration(value);
  if (ms !== undefined && ms >= 1) return ms;
  throw badConfig(path, value, 'a duration of at least 1ms, such as "250ms", "10s" or 2000 (ms)');
}

/** Listens only while the message waits: a signal may live longer than many messages. */
function withdrawOnAbort(message: Message, outbox: Outbox, signal: AbortSignal): void {
  message.onLeave = onAbort(signal, () => {
    if (outbox.remove(message)) message.reject(aborted(signal));
  });
}

function aborted({ reason }: AbortSignal): DeliveryError {
  return new DeliveryError('never-sent', 'aborted by its signal before it was sent', { cause: reason });
}

/** A message that cannot be encoded is the caller's mistake, or the end of this incarnation. */
export function refusal(error: unknown, current: Pick<Outlet, 'crash'> | undefined): Error {
  if (isHoldfastError(error)) return error;
  current?.crash(error);
  return new DeliveryError('never-sent', 'the protocol could not encode the message', { cause: error });
}
