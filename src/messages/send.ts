/** The way of a message into an outbox. */

import { checkSignal, onAbort } from '../base/abortable.ts';
import { DeliveryError, isHoldfastError } from '../base/errors.ts';
import { needed } from '../base/needed.ts';
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
  /** For how long the message may wait, at least 1 ms; after that it is `expired`. Default: the policy's age. A page needs the part `timeLimits`. */
  readonly expiresIn?: Duration | undefined;
  /**
   * For how long the peer may be silent once the message was written, at least 1 ms: no verdict by silence until then, or until
   * its next frame that is no heartbeat. For commands that an in-order peer works on before it answers anything else. A page
   * needs the part `timeLimits`.
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
  /** Absent where the caller of `submit` names them. */
  readonly parts?: SendingParts;
}

export interface SendingParts {
  readonly timeLimits?: TimeLimits;
}

/** Reads the limits of a message that is about to be sent. The result sets them. Throws `ConfigError`. */
export type TimeLimits = (
  sender: Sender,
  options: Pick<SendOptions, 'expiresIn' | 'silence'>,
) => (message: Message) => void;

/** Encodes and queues a message, and lets the incarnation take it if it may. */
export function submit(
  data: unknown,
  sender: Sender,
  options?: SendOptions | null,
  parts: SendingParts = sender.parts ?? {},
): Promise<Receipt> {
  const { plan, current } = sender;
  try {
    const { signal, expiresIn, silence } = options == null ? none : checked('send', options, sendKinds);
    const isLimited = expiresIn !== undefined || silence !== undefined || plan.policy.outbox.age !== null;
    const limit = isLimited && needed(parts, 'timeLimits', 'a limit of time')(sender, { expiresIn, silence });
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
    const message = new Message(chunk, bytes);
    if (limit) limit(message);
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
