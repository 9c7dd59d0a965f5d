/** TLS sessions between the incarnations of an endpoint: what the next dial may offer. */
import type { PeerCertificate } from 'node:tls';

/** A session, and what a full handshake would have to look at again. */
export interface KeptSession {
  readonly session: Buffer;
  /** Milliseconds since the epoch at which the first certificate of the chain expires. */
  readonly until: number;
  /** The peer's certificate, for a check of the user. */
  readonly certificate: PeerCertificate | undefined;
}

/** Endpoints whose session is kept: those that were used last. */
const MOST = 100;

export class TlsSessions {
  /** The one that was used last comes last. */
  readonly #kept = new Map<string, KeptSession>();

  get size(): number {
    return this.#kept.size;
  }

  /** `now`: milliseconds since the epoch. */
  offer(endpoint: string, now: number): KeptSession | undefined {
    const kept = this.#kept.get(endpoint);
    if (kept === undefined) return undefined;
    this.#kept.delete(endpoint);
    if (kept.until <= now) return undefined;
    this.#kept.set(endpoint, kept);
    return kept;
  }

  keep(endpoint: string, kept: KeptSession): void {
    this.#kept.delete(endpoint);
    this.#kept.set(endpoint, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST && oldest !== undefined) this.#kept.delete(oldest);
  }

  /** Unless another one has taken its place. */
  forget(endpoint: string, kept: KeptSession | undefined): void {
    if (kept !== undefined && this.#kept.get(endpoint) === kept) this.#kept.delete(endpoint);
  }
}

/** When the first certificate of the chain expires, in milliseconds since the epoch. */
export function expiryOf(certificate: PeerCertificate): number {
  let until = Number.POSITIVE_INFINITY;
  const seen = new Set<PeerCertificate>();
  for (let next: PeerCertificate | undefined = certificate; next && !seen.has(next); next = issuerOf(next)) {
    seen.add(next);
    // A date that cannot be read allows no resumption.
    until = Math.min(until, Date.parse(next.valid_to) || 0);
  }
  return until;
}

function issuerOf(certificate: PeerCertificate): PeerCertificate | undefined {
  return (certificate as { issuerCertificate?: PeerCertificate }).issuerCertificate;
}
