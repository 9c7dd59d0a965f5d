/** What protocols refuse, in the same words everywhere: messages of ours, and input over the limit. */
import { HoldfastError } from '../base/errors.ts';
import type { Violation } from '../ports/protocol.ts';

export function badMessage(protocol: string, why: string): HoldfastError {
  return new HoldfastError('bad-message', `${protocol} cannot carry this message: ${why}`);
}

export function tooBig(maxMessageBytes: number): Violation {
  return { reason: 'message-too-big', detail: `a message of more than ${maxMessageBytes} bytes` };
}
