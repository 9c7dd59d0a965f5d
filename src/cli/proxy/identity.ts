/** A tunnel takes clients that present its token, in the header of the upgrade or in the hello of the session. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { Refused } from '../../ports/protocol.ts';
import type { IdentityRequest } from '../../sessions/accept-options.ts';

export function identifying(token: string): (request: IdentityRequest) => string {
  const wanted = digest(token);
  return ({ headers, credentials }) => {
    const shown = inHello(credentials) ?? inHeader(headers.authorization);
    if (typeof shown === 'string' && timingSafeEqual(digest(shown), wanted)) return 'token';
    throw new Refused({ reason: 'unauthorized' });
  };
}

function inHello(credentials: unknown): unknown {
  return typeof credentials === 'object' && credentials !== null
    ? Reflect.get(credentials, 'token')
    : credentials;
}

function inHeader(authorization: unknown): unknown {
  return typeof authorization === 'string' ? authorization.replace(/^Bearer /i, '') : undefined;
}

/** Digests have equal lengths, as the comparison needs it. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
