/** The method StartOk: what this side says of itself, and its credentials. */
import { longText, method, shortText, table } from './writing.ts';

const capabilities = {
  authentication_failure_close: true,
  'connection.blocked': true,
  consumer_cancel_notify: true,
  publisher_confirms: true,
  'basic.nack': true,
} as const;

/** `response`: of the mechanism PLAIN. */
export function startOk(name: string | undefined, response: string): Uint8Array {
  const about = table({
    product: 'holdfast',
    ...(name !== undefined && { connection_name: name }),
    capabilities,
  });
  return method(10, 11, about, shortText('PLAIN'), longText(response), shortText('en_US'));
}
