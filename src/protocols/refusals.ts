/** The errors for outgoing messages that a protocol cannot carry, and the violation for input over the limit. */
import { tagOf } from '../base/bytes.ts';
import { HoldfastError } from '../base/errors.ts';
import type { Violation } from '../ports/protocol.ts';

export function badMessage(protocol: string, why: string): HoldfastError {
  return new HoldfastError('bad-message', `${protocol} cannot carry this message: ${why}`);
}

/** Names the class of the value, as a `Blob` looks much like bytes. */
export function neitherTextNorBytes(value: unknown): string {
  return `it is neither text nor bytes, but ${tagOf(value).slice(8, -1)}`;
}

/** Lengths in bytes. */
export function tooLong(length: number, limit: number): string {
  return `its ${length} bytes exceed maxMessageBytes (${limit})`;
}

export function tooBig(maxMessageBytes: number): Violation {
  return { reason: 'message-too-big', detail: `a message exceeds maxMessageBytes (${maxMessageBytes})` };
}
