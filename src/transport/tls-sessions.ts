/** TLS sessions between the incarnations of an endpoint: what the next dial may offer. */
import type { PeerCertificate } from 'node:tls';

/** A session, and what a full handshake would have to look at again. */
interface KeptSession {
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

/** The session of one dial: what it offers, and what the peer gives in its place. It holds nothing that the dial itself does not need. */
export class DialSession {
  /** What it offers; undefined once the handshake is done. */
  kept: KeptSession | undefined;
  readonly #sessions: TlsSessions;
  readonly #endpoint: string;
  /** What the peer gave before its certificate was accepted. */
  #given: Buffer | undefined;
  /** The facts of the accepted certificate. */
  #facts: Omit<KeptSession, 'session'> | undefined;

  /** `now`: milliseconds since the epoch. */
  constructor(sessions: TlsSessions, endpoint: string, now: number) {
    this.#sessions = sessions;
    this.#endpoint = endpoint;
    this.kept = sessions.offer(endpoint, now);
  }

  /** The certificate of a full handshake is acceptable. */
  accepted(certificate: PeerCertificate, withCertificate: boolean): void {
    this.#facts = { until: expiryOf(certificate), certificate: withCertificate ? certificate : undefined };
  }

  given(session: Buffer, isOpen: boolean): void {
    this.#given = session;
    if (isOpen) this.#keep();
  }

  /** The handshake is done. What was offered and not resumed is of no use any more. */
  opened(resumed: boolean): void {
    const { kept } = this;
    if (kept !== undefined && resumed) this.#facts = { until: kept.until, certificate: kept.certificate };
    else this.forget();
    this.kept = undefined;
    this.#keep();
  }

  forget(): void {
    this.#sessions.forget(this.#endpoint, this.kept);
  }

  #keep(): void {
    if (this.#given !== undefined && this.#facts !== undefined)
      this.#sessions.keep(this.#endpoint, { session: this.#given, ...this.#facts });
    this.#given = undefined;
  }
}
