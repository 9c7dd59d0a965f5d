/** How dialling fails: from a platform's error, or because it threw before there was a socket. */
import { type Failure, failureOf, platformErrors } from '../policy/exits.ts';
import type { Socket, SocketSink } from '../ports/transport.ts';

/**
 * The failure for an error while opening. When a name has several addresses and none answered, the
 * first address tried decides: the error around them has no message of its own.
 */
export function openingFailure(error: unknown): Failure {
  const cause = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  return { ...failureOf(cause, 'opening'), error };
}

const nothing: Socket<unknown> = { write() {}, end() {}, destroy() {}, pause() {}, resume() {} };

/** For a dial that threw, or a lost socket. */
export function failedDial<Chunk>(error: unknown, sink: SocketSink<Chunk>): Socket<Chunk> {
  return failedAtOnce(failureOfThrow(error), sink);
}

/** A socket that there is not: `failed` and `closed`, once the caller holds the result. */
export function failedAtOnce<Chunk>(failure: Failure, sink: SocketSink<Chunk>): Socket<Chunk> {
  queueMicrotask(() => {
    sink.failed(failure);
    sink.closed();
  });
  return nothing;
}

/** What is thrown rather than reported complains about arguments, unless the platform says otherwise. */
function failureOfThrow(error: unknown): Failure {
  const failure = openingFailure(error);
  const known = failure.code !== undefined && Object.hasOwn(platformErrors, failure.code);
  return known ? failure : { ...failure, reason: 'bad-config' };
}

/** What `adopt` reports for a socket that closed while nobody listened to it. */
export function lostBeforeAdopt(): Error {
  return Object.assign(new Error('the socket closed before it was adopted'), { code: 'ECONNRESET' });
}
