/** The check of a peer's certificate by a function of the user, which may neither throw nor put off its answer. */
import type { PeerCertificate } from 'node:tls';
import { describeThrown, isError } from '../policy/exits.ts';
import type { TlsOptions } from './tls-options.ts';

type Check = NonNullable<TlsOptions['checkServerIdentity']>;

/** The check of an identity, which never throws: every answer but `undefined` is an error whose exit is `certificate`. */
export function shieldedCheck(check: Check): Check {
  return (host, certificate) => {
    const answer = answerOf(check, host, certificate);
    if (answer === undefined) return undefined;
    if (isError(answer)) return refusedBy(answer);
    // A rejection of it has no other reader.
    if (isThenable(answer)) answer.then(undefined, () => {});
    const what = isThenable(answer) ? 'a promise' : describeThrown(answer);
    return refusedBy(
      new TypeError(`checkServerIdentity returned ${what}; expected undefined, or an Error, at once`),
    );
  };
}

function answerOf(check: Check, host: string, certificate: PeerCertificate): unknown {
  try {
    return check(host, certificate);
  } catch (error) {
    return isError(error) ? error : new Error(describeThrown(error));
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>> | null)?.then === 'function';
}

/** The code is that of OpenSSL for a certificate that is refused by what trusts it. */
function refusedBy(cause: Error): Error {
  return Object.assign(new Error(describeThrown(cause), { cause }), { code: 'CERT_REJECTED' });
}
