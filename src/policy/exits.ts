/**
 * Why connections end. One list maps what platforms report to a reason, and reasons to a class; the
 * class decides between another attempt and giving up.
 */

/** `normal`: as intended. `retryable`: may work next time. `fatal`: will not work until something changes. */
export type ExitClass = 'normal' | 'retryable' | 'fatal';

/** Every reason with its class. A config can move a reason to another class. */
export const reasonClasses = {
  /** `close()`, an aborted signal, or the supervisor's `stop()`. */
  'closed-by-us': 'normal',
  /** Close codes 1000 and 1005, or an end of stream at a frame boundary after proof. */
  'closed-by-peer': 'normal',
  /** No business data for `deadlines.idle`. */
  'idle-timeout': 'normal',
  /** Lived for `deadlines.maxAge`. */
  'max-age': 'normal',
  /** Close code 1006, an end of stream inside a frame, or before the peer proved to be there. */
  'cut-off': 'retryable',
  /** Nothing listens at the address. */
  refused: 'retryable',
  /** No route to the address. */
  unreachable: 'retryable',
  /** The name has no address. */
  'not-found': 'retryable',
  /** The peer, or its kernel, dropped the connection. */
  reset: 'retryable',
  /** The socket did not open within `deadlines.connect`. */
  'connect-timeout': 'retryable',
  /** It opened, and nobody answered within `deadlines.handshake`. */
  'handshake-timeout': 'retryable',
  /** Silence since the first unanswered heartbeat, for `heartbeat.condemnAfter`. */
  'heartbeat-timeout': 'retryable',
  /** Writes made no progress for `deadlines.write` and `heartbeat.condemnAfter`. */
  'write-timeout': 'retryable',
  /** Close codes 1001 and 1011 to 1014: the server leaves, restarts or failed. */
  'going-away': 'retryable',
  /** The WebSocket upgrade was answered with another status than 101, 401 or 403. */
  'upgrade-refused': 'retryable',
  /** A URL, header or credentials provider rejected or took too long. */
  'provider-failed': 'retryable',
  /** We are out of descriptors, ports or memory. */
  resources: 'retryable',
  /** Code of the user, or a bug: a codec or handshake threw. */
  crashed: 'retryable',
  /** Status 401 or 403, close code 1008, 3000 or 3003, or no permission for a unix socket. */
  unauthorized: 'fatal',
  /** The peer's TLS certificate is not acceptable. */
  certificate: 'fatal',
  /** The peer speaks another protocol, or breaks this one. */
  'protocol-error': 'fatal',
  /** A frame over the limit. */
  'message-too-big': 'fatal',
  /** The endpoint or its options can never work. */
  'bad-config': 'fatal',
} as const satisfies Record<string, ExitClass>;

export type ExitReason = keyof typeof reasonClasses;

/** What ended an incarnation, before it is complete. */
export interface Failure {
  readonly reason: ExitReason;
  /** Platform error code, close code or HTTP status. */
  readonly code?: string | number;
  /** For people. */
  readonly detail?: string;
  readonly error?: unknown;
  /** The peer asked not to be tried before this many milliseconds. */
  readonly retryAfterMs?: number;
}

/** How one incarnation ended. */
export interface Exit extends Failure {
  readonly class: ExitClass;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** For how long it was usable; 0 if it never was. */
  readonly livedMs: number;
  /** Whether the peer ever answered. */
  readonly proved: boolean;
}

/** Node's `error.code` to a reason. What stands twice depends on the phase; see `failureOf`. */
export const platformErrors: Readonly<Record<string, ExitReason>> = {
  ECONNREFUSED: 'refused', // the host is up, nothing listens
  ENOENT: 'refused', // a unix socket that is not there
  EHOSTUNREACH: 'unreachable', // ARP or ICMP says no
  ENETUNREACH: 'unreachable', // no route
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable', // our own interface is down
  ENOTFOUND: 'not-found', // the name does not exist, or DNS says so just now
  EAI_AGAIN: 'not-found', // DNS did not answer
  EAI_NODATA: 'not-found',
  ECONNRESET: 'reset',
  EPIPE: 'reset', // written after the peer's reset
  ECONNABORTED: 'reset',
  ETIMEDOUT: 'cut-off', // TCP itself gave up on an open connection
  EMFILE: 'resources', // our descriptors
  ENFILE: 'resources', // the system's descriptors
  ENOBUFS: 'resources',
  ENOMEM: 'resources',
  EADDRNOTAVAIL: 'resources', // no local port left
  EADDRINUSE: 'resources',
  EACCES: 'unauthorized', // a unix socket we may not open: trying again does not help
  EPERM: 'unauthorized',
  EPROTO: 'protocol-error', // TLS with somebody who does not speak it
  CERT_HAS_EXPIRED: 'certificate',
  CERT_NOT_YET_VALID: 'certificate',
  CERT_REVOKED: 'certificate',
  CERT_UNTRUSTED: 'certificate',
  CERT_REJECTED: 'certificate',
  CERT_SIGNATURE_FAILURE: 'certificate',
  CERT_CHAIN_TOO_LONG: 'certificate',
  CRL_HAS_EXPIRED: 'certificate',
  INVALID_PURPOSE: 'certificate', // for example a client's certificate on a server
  PATH_LENGTH_EXCEEDED: 'certificate',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate',
  INVALID_CA: 'certificate',
  HOSTNAME_MISMATCH: 'certificate',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'handshake-timeout',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate', // the certificate is for another name
};

/** WebSocket close codes (RFC 6455 section 7.4, IANA registry) to a reason. */
export const closeCodes: Readonly<Record<number, ExitReason>> = {
  1000: 'closed-by-peer',
  1001: 'going-away',
  1002: 'protocol-error',
  1003: 'protocol-error', // a kind of data it does not take
  1005: 'closed-by-peer', // a close frame without a code
  1006: 'cut-off', // no close frame at all
  1007: 'protocol-error', // not UTF-8
  1008: 'unauthorized', // policy violation, in practice: you may not
  1009: 'message-too-big',
  1010: 'protocol-error', // an extension it wanted
  1011: 'going-away', // the server failed; another one, or a later one, may not
  1012: 'going-away', // restart
  1013: 'going-away', // try again later
  1014: 'going-away', // bad gateway
  1015: 'certificate', // TLS failed
  3000: 'unauthorized',
  3003: 'unauthorized', // forbidden
};

/** Phase of the socket when the platform reported the error. */
export type Phase = 'opening' | 'open';

/** The failure for a platform error. Unknown ones are `unreachable` while opening, `reset` after. */
export function failureOf(error: unknown, phase: Phase): Failure {
  const code = codeOf(error);
  return {
    reason: reasonOfCode(code, phase),
    ...(code === undefined ? {} : { code }),
    detail: detailOf(error, code),
    error,
  };
}

/** Errors of several attempts at once have a code, but no message. */
function detailOf(error: unknown, code: string | undefined): string {
  const nameless = error instanceof Error && error.message === '';
  return nameless && code !== undefined ? code : describeThrown(error);
}

/** What was thrown, for people; never throws itself, whatever it was. */
export function describeThrown(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  } catch {
    return 'a value that has no text';
  }
}

function reasonOfCode(code: string | undefined, phase: Phase): ExitReason {
  if (code === 'ETIMEDOUT' && phase === 'opening') return 'connect-timeout';
  if (code !== undefined && Object.hasOwn(platformErrors, code)) return platformErrors[code] as ExitReason;
  if (code?.startsWith('ERR_SSL_') || code?.startsWith('ERR_TLS_')) return 'protocol-error';
  return phase === 'opening' ? 'unreachable' : 'reset';
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** The failure for a close frame. Codes that applications made up (4000 to 4999) are `closed-by-peer`. */
export function failureOfClose(code: number, reason: string): Failure {
  const retryAfterMs = hintOfCloseReason(reason);
  return {
    reason: closeCodes[code] ?? 'closed-by-peer',
    code,
    ...(reason === '' ? {} : { detail: reason }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** The failure for an HTTP status that is not 101. `retryAfter` is the header's text. */
export function failureOfStatus(status: number, retryAfter: string | undefined, wallMs: number): Failure {
  const hint = retryAfter === undefined ? undefined : hintOfHeader(retryAfter, wallMs);
  return {
    reason: status === 401 || status === 403 ? 'unauthorized' : 'upgrade-refused',
    code: status,
    detail: `the upgrade was answered with status ${status}`,
    ...(hint === undefined ? {} : { retryAfterMs: hint }),
  };
}

/** RFC 9110 section 10.2.3: seconds, or a date. */
function hintOfHeader(text: string, wallMs: number): number | undefined {
  if (/^\s*\d+\s*$/.test(text)) return Number(text) * 1000;
  const date = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - wallMs);
}

/** `retry-after=7s` anywhere in a close reason; `s`, `ms`, or seconds without a unit. */
function hintOfCloseReason(reason: string): number | undefined {
  const match = /\bretry-after=(\d+(?:\.\d+)?)(ms|s)?(?![\w]|\.\d)/.exec(reason);
  if (match === null) return undefined;
  return Number(match[1]) * (match[2] === 'ms' ? 1 : 1000);
}
