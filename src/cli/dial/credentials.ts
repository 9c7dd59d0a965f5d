/** User, password and token for protocols that log in, and bearer tokens for other WebSockets. */
import { urlOf } from '../../base/url.ts';
import type { AnyProtocol } from '../../endpoints/place.ts';
import { credentialsOf } from '../../endpoints/schemes.ts';
import type { CredentialParts, Credentials } from '../../ports/protocol.ts';

/** Empty: none. */
export interface Proof {
  readonly user: string;
  readonly password: string;
  readonly token: string;
}

/** A protocol that has no log-in over a WebSocket leaves the token to the upgrade. */
export function logsIn(protocol: AnyProtocol | undefined): protocol is AnyProtocol {
  return protocol !== undefined && protocol.takesCredentials !== false && protocol.name !== 'websocket';
}

/** Everything that the URL does not say itself: its password goes before all of the proof, and its user before that of the proof. */
export function loginFor(url: string, { schemes }: AnyProtocol, proof: Proof): CredentialParts | undefined {
  const { user, password, token } = proof;
  const own = userOf(url, schemes);
  const username = own.username || user;
  const adds = password !== '' || token !== '' || username !== own.username;
  if (own.password !== '' || !adds) return undefined;
  const login = username === '' && password === '' ? {} : { username, password };
  return { handshake: { ...login, ...(token !== '' && { token }) } };
}

/** The token as the header `authorization`. */
export function bearer({ token }: Proof): Credentials | undefined {
  return token === '' ? undefined : token;
}

function userOf(url: string, schemes: AnyProtocol['schemes']) {
  const none = { username: '', password: '' };
  const parts = urlOf(url) ? (credentialsOf(url, schemes) as CredentialParts | undefined) : undefined;
  return (parts?.handshake ?? none) as typeof none;
}
