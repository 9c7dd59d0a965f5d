/** The meaning of an error of the server for the connection. */
import type { Violation } from '../../ports/protocol.ts';
import type { RedisError } from './messages.ts';

const reasons: Readonly<Record<string, Violation['reason']>> = {
  DENIED: 'unauthorized', // protected mode
  NOAUTH: 'unauthorized',
  NOPERM: 'unauthorized',
  WRONGPASS: 'unauthorized',
  BUSY: 'going-away', // a script runs
  CLUSTERDOWN: 'going-away',
  LOADING: 'going-away', // the data set is read from disk, for minutes if it is large
  MASTERDOWN: 'going-away', // a replica that lost its master, and serves nothing old
  MISCONF: 'going-away',
  NOREPLICAS: 'going-away',
  READONLY: 'going-away',
  TRYAGAIN: 'going-away',
};

/** Before Redis 6 these have no code of their own. */
const texts: readonly (readonly [RegExp, Violation['reason']])[] = [
  [/max number of clients/i, 'going-away'],
  [/invalid password|no password is set|without any password/i, 'unauthorized'],
];

/** The failure that an error in the handshake is. An error that no time mends is `bad-config`. */
export function failureOf({ code, message }: RedisError): Violation {
  const reason = reasons[code] ?? texts.find(([text]) => text.test(message))?.[1] ?? 'bad-config';
  return { reason, code, detail: message };
}
