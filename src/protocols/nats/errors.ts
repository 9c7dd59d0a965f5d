/** The meaning of the texts of `-ERR`; the protocol has no codes. */
import type { Violation } from '../../ports/protocol.ts';

/** The first that fits. After an error that fits none the server goes on. */
const reasons: readonly (readonly [RegExp, Violation['reason']])[] = [
  [/^authorization violation|authentication (expired|revoked)/i, 'unauthorized'],
  // CONNECT came too late; its content does not matter.
  [/^authentication timeout/i, 'handshake-timeout'],
  [/^secure connection - tls required/i, 'bad-config'],
  [/^stale connection|^slow consumer|connections exceeded|^server shutdown|throttling/i, 'going-away'],
  [/^maximum payload/i, 'message-too-big'],
  [/^unknown protocol|^parser error|^invalid client protocol|^attempted to connect/i, 'protocol-error'],
  [/^maximum control line/i, 'protocol-error'],
];

/** `undefined`: a message, such as a violation of permissions. */
export function failureOfError(error: string): Violation | undefined {
  const reason = reasons.find(([pattern]) => pattern.test(error))?.[1];
  return reason && { reason, detail: `the server said: ${error}` };
}
