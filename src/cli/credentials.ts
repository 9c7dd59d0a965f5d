/** User, password and token of the environment, for protocols that log in. */
import { urlOf } from '../base/url.ts';
import type { AnyProtocol } from '../endpoints/place.ts';
import { credentialsOf } from '../endpoints/schemes.ts';
import type { CredentialParts } from '../ports/protocol.ts';
import type { Io } from './io.ts';

interface Login {
  readonly username: string;
  readonly password: string;
}

/**
 * What the URL does not say itself: its password goes before all of the environment, and its user before `HOLDFAST_USER`.
 * Undefined: the environment adds nothing.
 */
export function credentialsFrom(
  { HOLDFAST_USER = '', HOLDFAST_PASSWORD: password = '', HOLDFAST_TOKEN: token = '' }: Io['env'],
  url: string,
  protocol: AnyProtocol | undefined,
): CredentialParts | undefined {
  if (protocol === undefined || protocol.takesCredentials === false || !urlOf(url)) return undefined;
  const parts = credentialsOf(url, protocol.schemes) as CredentialParts | undefined;
  const own = (parts?.handshake ?? { username: '', password: '' }) as Login;
  const username = own.username || HOLDFAST_USER;
  const adds = password !== '' || token !== '' || username !== own.username;
  if (own.password !== '' || !adds) return undefined;
  const login = username === '' && password === '' ? {} : { username, password };
  return { handshake: { ...login, ...(token !== '' && { token }) } };
}
