/** The meaning of an ERROR. The specification has no codes; these are the words of RabbitMQ, ActiveMQ and Artemis. */
import type { Violation } from '../../ports/protocol.ts';
import { textIn } from '../intake.ts';
import type { StompHeaders } from './types.ts';

const unauthorized =
  /access.(refused|denied)|bad credentials|passw|passcode|authori[sz]|authenticat|security error/i;
/** Characters of a body that a detail shows; the rest of a stack trace says no more. */
const shown = 500;

/** An ERROR about anything but credentials and versions is `going-away`: the frame that caused it is not sent again. */
export function failureOfError(headers: StompHeaders, body: Uint8Array): Violation {
  const { message = '' } = headers;
  const detail = `${message}: ${textIn(body)?.trim() ?? ''}`.slice(0, shown);
  return { reason: reasonFor(detail), ...(message !== '' && { code: message }), detail };
}

function reasonFor(text: string): Violation['reason'] {
  if (unauthorized.test(text)) return 'unauthorized';
  return /version/i.test(text) ? 'protocol-error' : 'going-away';
}
