/** Node's facts about the other end of a socket. Read from the socket when asked for, so that it costs no memory before. */
import type { Socket as NetSocket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { defined } from '../base/defined.ts';
import type { Peer, PeerCertificate } from '../ports/transport.ts';

/** Certificates that were asked for: TLS forgets them with the socket. */
const certificates = new WeakMap<TLSSocket, PeerCertificate>();

/** The same of whether their sessions were resumed. */
const resumptions = new WeakMap<TLSSocket, boolean>();

/** The same of what both ends agreed on. */
const agreements = new WeakMap<TLSSocket, Pick<Peer, 'tlsVersion' | 'cipher'>>();

/** `undefined` before the socket is connected. The address stays known after the end, what TLS knows once it was read. */
export function peerOf(socket: NetSocket): Peer | undefined {
  const { remoteAddress: address, remotePort: port, remoteFamily } = socket;
  if (address === undefined) return isUnix(socket) ? { family: 'unix' } : undefined;
  const family = remoteFamily === 'IPv6' ? 'IPv6' : 'IPv4';
  const place = { address, family, ...(port !== undefined && { port }) } as const;
  if (!(socket instanceof TLSSocket)) return place;
  const certificate = certificateOf(socket);
  const { authorized } = socket;
  return defined({ ...place, authorized, resumed: resumedBy(socket), ...agreedBy(socket), certificate });
}

/** Before the handshake is done Node has no cipher, and after the end no version. */
function agreedBy(socket: TLSSocket): Pick<Peer, 'tlsVersion' | 'cipher'> {
  const known = agreements.get(socket);
  if (known !== undefined) return known;
  const tlsVersion = socket.getProtocol();
  const cipher = (socket.getCipher() as { readonly name?: string } | null | undefined)?.name;
  if (!tlsVersion || cipher === undefined) return {};
  agreements.set(socket, { tlsVersion, cipher });
  return { tlsVersion, cipher };
}

/** A closed socket, and one that is not connected yet, has no addresses either. */
function isUnix({ connecting, destroyed, localAddress }: NetSocket): boolean {
  return !connecting && !destroyed && localAddress === undefined;
}

/** `address:port` of the peer; `undefined` for unix sockets, whose peers have no name. */
export function nameOfPeer({ remoteAddress, remotePort, remoteFamily }: NetSocket): string | undefined {
  if (remoteAddress === undefined) return undefined;
  return `${remoteFamily === 'IPv6' ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`;
}

/** Node returns null after the end. */
function resumedBy(socket: TLSSocket): boolean | undefined {
  const resumed = (socket.isSessionReused() as boolean | null) ?? resumptions.get(socket);
  if (resumed !== undefined) resumptions.set(socket, resumed);
  return resumed;
}

/** Node returns an empty object for none, and null after the end. */
function certificateOf(socket: TLSSocket): PeerCertificate | undefined {
  const known = certificates.get(socket);
  if (known !== undefined) return known;
  const read = socket.getPeerCertificate() as PeerCertificate | Record<string, never> | null;
  if (read === null || !('raw' in read)) return undefined;
  certificates.set(socket, read as PeerCertificate);
  return read as PeerCertificate;
}
