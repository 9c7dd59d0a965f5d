/** Failures of dialling: errors that the platform reports, and errors thrown before a socket exists. */
import { type Failure, failureOf, platformErrors } from '../policy/exits.ts';
import type { Socket, SocketSink } from '../ports/transport.ts';

/**
 * The failure for an error while opening. When no address of a name answered, the error of the first
 * address counts: Node's `AggregateError` around them has no message of its own.
 */
export function openingFailure(error: unknown): Failure {
  const { errors } = Object(error);
  const cause = Array.isArray(errors) && errors.length > 0 ? errors[0] : error;
  return { ...failureOf(cause, 'opening'), error };
}

const inertSocket: Socket<unknown> = { write() {}, end() {}, destroy() {}, pause() {}, resume() {} };

/** A socket that failed at once, for a dial that threw and for an accepted socket that was lost. */
export function failedDial<Chunk>(error: unknown, sink: SocketSink<Chunk>): Socket<Chunk> {
  return failedAtOnce(failureOfThrow(error), sink);
}

/** An inert socket. Reports `failed` and `closed` in a microtask, when the caller holds the result. */
export function failedAtOnce<Chunk>(failure: Failure, sink: SocketSink<Chunk>): Socket<Chunk> {
  queueMicrotask(() => {
    sink.failed(failure);
    sink.closed();
  });
  return inertSocket;
}

/** A thrown error is `bad-config` (platforms throw for bad arguments), unless its code is a platform error. */
export function failureOfThrow(error: unknown): Failure {
  const failure = openingFailure(error);
  const known = failure.code !== undefined && Object.hasOwn(platformErrors, failure.code);
  return known ? failure : { ...failure, reason: 'bad-config' };
}

/** The error that `adopt` reports for a socket that closed before it had listeners. */
export function lostBeforeAdopt(): Error {
  return Object.assign(new Error('the socket closed before it was adopted'), { code: 'ECONNRESET' });
}
