/** The facts about a client beside its hello: the upgrade, its certificate, the way it came. */
import type { Peer, UpgradeRequest } from '../ports/transport.ts';
import type { IdentityRequest } from './accept-options.ts';

export function identityRequest(
  upgrade: UpgradeRequest | undefined,
  peer: Peer | undefined,
  credentials: unknown,
): IdentityRequest {
  const { headers = {}, url = '/' } = upgrade ?? {};
  const offered = headers['sec-websocket-protocol'] ?? '';
  const mark = url.indexOf('?');
  return {
    headers,
    query: new URLSearchParams(mark === -1 ? '' : url.slice(mark)),
    subprotocols: String(offered)
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
    certificate: peer?.certificate,
    authorized: peer?.authorized === true,
    credentials,
  };
}

/** Whether only the two ends can read what is sent: TLS, or this machine alone. */
export function isPrivate(scheme: string, peer: Peer | undefined): boolean {
  if (['tls:', 'wss:', 'unix:'].includes(scheme) || peer?.family === 'unix') return true;
  if (peer?.authorized !== undefined) return true;
  return isLoopback(peer?.address);
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/i.test(address);
}
