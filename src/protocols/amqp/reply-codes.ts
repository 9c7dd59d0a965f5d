/** The meaning of the code of a Connection.Close (AMQP 0-9-1, section 1.2). */
import type { Violation } from '../../ports/protocol.ts';

const reasons: Readonly<Record<number, Violation['reason']>> = {
  200: 'closed-by-peer',
  320: 'going-away', // connection-forced: an operator, or a shutdown
  402: 'bad-config', // invalid-path: a virtual host that does not exist
  403: 'unauthorized', // access-refused
  501: 'protocol-error', // frame-error
  502: 'protocol-error', // syntax-error
  503: 'protocol-error', // command-invalid
  505: 'protocol-error', // unexpected-frame
  506: 'going-away', // resource-error
  540: 'protocol-error', // not-implemented
  541: 'going-away', // internal-error
};

/** Other codes, such as 504 for a channel that was not open, concern one frame, which is not sent again. */
export function failureOfClose(code: number, text: string): Violation {
  const reason = code === 530 ? reasonOfRefusal(text) : (reasons[code] ?? 'going-away');
  return { reason, code, detail: text };
}

/** RabbitMQ's 530 is for a virtual host that does not exist, for one that is refused to this user, and for limits. */
function reasonOfRefusal(text: string): Violation['reason'] {
  if (/\blimit\b/i.test(text)) return 'going-away';
  return /\brefused\b/i.test(text) ? 'unauthorized' : 'bad-config';
}
