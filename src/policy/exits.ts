/**
 * Exits of connections. Tables map the errors, close codes and statuses of platforms to a reason, and each
 * reason to a class; the class decides between another attempt and giving up.
 */
import { codeOfFailedWrite, reasonOfTls } from './tls-errors.ts';
import type { UpgradeResponse } from './upgrade-response.ts';

/** `normal`: as intended. `retryable`: the next attempt may succeed. `fatal`: no attempt succeeds until something changes. */
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
  /** Close code 1006, an end of stream inside a frame, or an end of stream before the peer's first proof of life. */
  'cut-off': 'retryable',
  /** Nothing listens at the address. */
  refused: 'retryable',
  /** No route to the address, or a proxy has no connection with it. */
  unreachable: 'retryable',
  /** The name has no address. */
  'not-found': 'retryable',
  /** The peer, or its kernel, dropped the connection. */
  reset: 'retryable',
  /** The socket did not open within `deadlines.connect`. */
  'connect-timeout': 'retryable',
  /** The socket opened, and no answer arrived within `deadlines.handshake`. */
  'handshake-timeout': 'retryable',
  /** Silence since the first unanswered heartbeat, for `heartbeat.condemnAfter`. */
  'heartbeat-timeout': 'retryable',
  /** Writes made no progress for `deadlines.write` and `heartbeat.condemnAfter`. */
  'write-timeout': 'retryable',
  /** Close codes 1001 and 1011 to 1014: the server shuts down, restarts or failed. */
  'going-away': 'retryable',
  /** The WebSocket upgrade was answered with another status than 101, 401 or 403, or a proxy refused the tunnel. */
  'upgrade-refused': 'retryable',
  /** A URL, header or credentials provider rejected or took too long. */
  'provider-failed': 'retryable',
  /** The TLS handshake failed for a reason that passes: no certificate loaded yet, plain text from a balancer. */
  'tls-not-ready': 'retryable',
  /** This process or system is out of descriptors, ports or memory. */
  resources: 'retryable',
  /** A codec or handshake threw: code of the user, or a bug. */
  crashed: 'retryable',
  /** Status 401 or 403, 407 of a proxy, close code 1008, 3000 or 3003, or no permission for a unix socket. */
  unauthorized: 'fatal',
  /** The peer's TLS certificate is not acceptable. */
  certificate: 'fatal',
  /** Another connection has taken the session, client id or name of this one. */
  replaced: 'fatal',
  /** The peer speaks another protocol, or violates this one. */
  'protocol-error': 'fatal',
  /** A frame over the limit. */
  'message-too-big': 'fatal',
  /** The endpoint or its options are invalid and can never work. */
  'bad-config': 'fatal',
} as const satisfies Record<string, ExitClass>;

/** Why an incarnation ended. */
export type ExitReason = keyof typeof reasonClasses;

/** The cause of an incarnation's end; an `Exit` adds class, times and proof. */
export interface Failure {
  readonly reason: ExitReason;
  /** Platform error code, close code or HTTP status. */
  readonly code?: string | number;
  /** A sentence for logs and people; its wording is not stable. */
  readonly detail?: string;
  readonly error?: unknown;
  /** Milliseconds that the peer asked to wait before the next attempt (`Retry-After`). */
  readonly retryAfterMs?: number;
  /** Addresses of the name that were not dialled yet: the next dial goes on with them, in the same attempt. */
  readonly untried?: number;
  /** The answer that refused a WebSocket. In Node alone. */
  readonly response?: UpgradeResponse;
}

/** The end of one incarnation. */
export interface Exit extends Failure {
  readonly class: ExitClass;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Milliseconds for which it was usable; 0 if it never was. */
  readonly livedMs: number;
  /** Whether the peer answered at least once. */
  readonly proved: boolean;
}

/** Node's `error.code` to a reason. `ETIMEDOUT` and unknown codes depend on the phase; see `failureOf`. */
export const platformErrors: Readonly<Record<string, ExitReason>> = {
  ECONNREFUSED: 'refused', // the host is up, nothing listens
  ENOENT: 'refused', // a unix socket file that does not exist
  EHOSTUNREACH: 'unreachable', // an ARP timeout or an ICMP error
  ENETUNREACH: 'unreachable', // no route
  EHOSTDOWN: 'unreachable',
  EACCES: 'unreachable', // a routing rule or a firewall; for a unix socket see `reasonOf`
  EPERM: 'unreachable',
  ENETDOWN: 'unreachable', // the local interface is down
  ENOTFOUND: 'not-found', // the name does not exist, or DNS has no answer for it now
  EAI_AGAIN: 'not-found', // DNS did not answer
  EAI_NODATA: 'not-found',
  ECONNRESET: 'reset',
  EPIPE: 'reset', // written after the peer's reset
  ECONNABORTED: 'reset',
  ETIMEDOUT: 'cut-off', // TCP itself gave up on an open connection
  EMFILE: 'resources', // the descriptors of this process
  ENFILE: 'resources', // the descriptors of the system
  ENOBUFS: 'resources',
  ENOMEM: 'resources',
  EADDRNOTAVAIL: 'resources', // no local port left
  EADDRINUSE: 'resources',
  EPROTO: 'protocol-error', // the peer does not speak TLS
  CERT_HAS_EXPIRED: 'certificate',
  CERT_NOT_YET_VALID: 'tls-not-ready', // one of the two clocks is off
  CERT_REVOKED: 'certificate',
  CERT_UNTRUSTED: 'certificate',
  CERT_REJECTED: 'certificate',
  CERT_SIGNATURE_FAILURE: 'certificate',
  CERT_CHAIN_TOO_LONG: 'certificate',
  CRL_HAS_EXPIRED: 'certificate',
  CRL_NOT_YET_VALID: 'tls-not-ready',
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
  1003: 'protocol-error', // unsupported kind of data
  1005: 'closed-by-peer', // a close frame without a code
  1006: 'cut-off', // no close frame at all
  1007: 'protocol-error', // not UTF-8
  1008: 'unauthorized', // policy violation; in practice, missing permission
  1009: 'message-too-big',
  1010: 'protocol-error', // a required extension is missing
  1011: 'going-away', // internal error; another server, or a later attempt, may succeed
  1012: 'going-away', // restart
  1013: 'going-away', // try again later
  1014: 'going-away', // bad gateway
  1015: 'certificate', // TLS failed
  3000: 'unauthorized',
  3003: 'unauthorized', // forbidden
};

/** Phase of the socket when the platform reported the error. */
export type Phase = 'opening' | 'open';

/** The failure for a platform error. Unknown errors are `unreachable` while opening, `reset` after. */
export function failureOf(error: unknown, phase: Phase): Failure {
  const code = codeOf(error);
  return {
    reason: reasonOf(error, code, phase),
    ...(code === undefined ? {} : { code }),
    detail: detailOf(error, code),
    error,
  };
}

/** The error's message, or its code: Node's errors of several attempts at once have an empty message. */
function detailOf(error: unknown, code: string | undefined): string {
  const nameless = isError(error) && error.message === '';
  return nameless && code !== undefined ? code : describeThrown(error);
}

/**
 * Whether a value is an error of any realm: under Jest those of Node's own modules come from another one, and `instanceof` is
 * false for them.
 */
export function isError(value: unknown): value is Error {
  return value instanceof Error || /^\[object (Error|DOMException)]$/.test({}.toString.call(value));
}

/** A text for any thrown value; never throws itself. */
export function describeThrown(thrown: unknown): string {
  try {
    return isError(thrown) ? thrown.message || thrown.name : String(thrown);
  } catch {
    return 'unprintable value';
  }
}

/**
 * What was thrown, without its text, which may hold secrets: `TypeError ECONNREFUSED`, with the code or status of the
 * error, or the code of its cause.
 */
export function kindOfThrown(thrown: unknown): string {
  const { name = typeof thrown, code, status, cause } = Object(thrown);
  return [name, code ?? status ?? cause?.code ?? ''].filter((word) => /^\w{1,60}$/.test(word)).join(' ');
}

function reasonOf(error: unknown, code: string | undefined, phase: Phase): ExitReason {
  const unknown = phase === 'opening' ? 'unreachable' : 'reset';
  if (code === undefined) return unknown;
  if (code === 'ETIMEDOUT' && phase === 'opening') return 'connect-timeout';
  if ((code === 'EACCES' || code === 'EPERM') && isOfPath(error)) return 'unauthorized';
  if (code === 'EPROTO') {
    const hidden = codeOfFailedWrite(describeThrown(error));
    if (hidden !== undefined) return reasonOf(error, hidden, phase);
  }
  if (Object.hasOwn(platformErrors, code)) return platformErrors[code] as ExitReason;
  return reasonOfTls(code, phase === 'open') ?? unknown;
}

/** Whether a socket file could not be opened: permission is missing there. Errors of TCP have a port. */
function isOfPath(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'address' in error && !('port' in error);
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** The failure for a close frame. Codes of applications (4000 to 4999) are `closed-by-peer`. */
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

/** Milliseconds of a `Retry-After` header: seconds, or a date (RFC 9110 section 10.2.3). */
function hintOfHeader(text: string, wallMs: number): number | undefined {
  if (/^\s*\d+\s*$/.test(text)) return Number(text) * 1000;
  const date = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - wallMs);
}

/** Milliseconds of `retry-after=7s` anywhere in a close reason; units `s` and `ms`, default `s`. */
function hintOfCloseReason(reason: string): number | undefined {
  const match = /\bretry-after=(\d+(?:\.\d+)?)(ms|s)?(?![\w]|\.\d)/.exec(reason);
  if (match === null) return undefined;
  return Number(match[1]) * (match[2] === 'ms' ? 1 : 1000);
}
