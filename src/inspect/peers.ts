/** The other end of a connection's socket, as a row has it: names are those of a certificate, and so foreign text. */
import { printableText } from './printable.ts';
import type { RowCertificate, RowPeer, RowTls } from './rows.ts';
import type { Inspected } from './supervisor-view.ts';

type Peer = NonNullable<Inspected['peer']>;
type PeerCertificate = NonNullable<Peer['certificate']>;

/** Undefined before the socket is open, after its end, and where the platform does not tell. */
export function rowPeerOf(connection: Inspected): RowPeer | undefined {
  const { state } = connection;
  const peer = state === 'connecting' || state === 'closed' ? undefined : connection.peer;
  if (peer === undefined) return undefined;
  const { address, port, family } = peer;
  return {
    ...(address !== undefined && { address }),
    ...(port !== undefined && { port }),
    family,
    ...tlsOf(peer),
  };
}

function tlsOf({ tlsVersion, cipher, authorized, resumed, certificate }: Peer): { readonly tls?: RowTls } {
  if (tlsVersion === undefined || cipher === undefined) return {};
  const agreed = { version: tlsVersion, cipher, authorized: authorized === true, resumed: resumed === true };
  return { tls: { ...agreed, ...(certificate && { certificate: shownOf(certificate) }) } };
}

function shownOf(certificate: PeerCertificate): RowCertificate {
  const { subject, issuer, subjectaltname, valid_from, valid_to, fingerprint256 } = certificate;
  return {
    subject: nameOf(subject),
    issuer: nameOf(issuer),
    ...(subjectaltname !== undefined && { names: printableText(subjectaltname) }),
    validFrom: Date.parse(valid_from),
    validTo: Date.parse(valid_to),
    fingerprint: fingerprint256,
  };
}

/** `CN=feed.example, O=Example`. */
function nameOf(attributes: PeerCertificate['subject']): string {
  const parts = Object.entries(attributes).map(([name, value]) => `${name}=${[value].flat().join('+')}`);
  return printableText(parts.join(', '));
}
