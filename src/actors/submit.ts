/** The way of a message into an outbox. */
import { DeliveryError, isHoldfastError } from '../errors.ts';
import { deferred } from './deferred.ts';
import type { Link } from './link.ts';
import type { Outbox, Receipt } from './outbox.ts';
import type { Plan } from './plan.ts';
import { sizeOf } from './writer.ts';

/** Encodes and queues a message, and lets the link take it if it may. */
export function submit(
  message: unknown,
  plan: Plan,
  outbox: Outbox,
  link: Link | undefined,
): Promise<Receipt> {
  const { promise, resolve, reject } = deferred<Receipt>();
  // Whoever ignores the receipt ignores the rejection too.
  promise.catch(() => {});
  try {
    const chunk = plan.protocol.encode(message);
    outbox.push({ chunk, bytes: sizeOf(chunk), resolve, reject }, plan.policy.outbox);
    link?.pump();
  } catch (error) {
    reject(refusal(error, link));
  }
  return promise;
}

/** A rejection that may be ignored. */
export function refused(error: Error): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => {});
  return promise;
}

/** A message that cannot be encoded is the caller's mistake, or the end of this incarnation. */
function refusal(error: unknown, link: Link | undefined): Error {
  if (isHoldfastError(error)) return error;
  link?.crash(error);
  return new DeliveryError('never-sent', 'the protocol could not encode the message', { cause: error });
}
