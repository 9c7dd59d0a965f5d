/** The options of `session` where sessions are accepted. */
import { checked } from '../base/options.ts';
import type { Duration } from '../config/policy.ts';
import type { PeerCertificate } from '../ports/transport.ts';
import type { Arrived, Session } from './handle.ts';
import {
  commonKinds,
  type DialSessionOptions,
  type DialSettings,
  isWhole,
  problem,
  refuse,
  settingsOf,
} from './options.ts';
import type { SessionStore } from './store.ts';

/** The facts about a client, for `identify`. */
export interface IdentityRequest {
  /** Headers of the WebSocket upgrade, by names in lower case; empty for other transports. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The query of the URL of the upgrade. */
  readonly query: URLSearchParams;
  /** The WebSocket subprotocols that were offered. */
  readonly subprotocols: readonly string[];
  /** The certificate that the client presented under TLS. `authorized` says whether it was verified. */
  readonly certificate: PeerCertificate | undefined;
  readonly authorized: boolean;
  /** The secret that the hello presents: `credentials` of `connect`, as a text or as the part `handshake`. Any JSON of the client's. */
  readonly credentials: unknown;
}

/** How many sessions there may be at the same time, detached ones included. */
export interface SessionLimits {
  /** Default 100,000. */
  readonly total?: number;
  /** Sessions of one identity, where there is `identify`. Default 100. */
  readonly perIdentity?: number;
}

/** Options of both sides: one protocol can be used to dial and to listen. Without `onSession` it can only dial, and those of the accepting side are refused. */
export interface AcceptSessionOptions extends DialSessionOptions {
  /** Accepting side: where sessions are kept. Default: in memory, for each supervisor. */
  readonly store?: SessionStore;
  /**
   * Accepting side: returns the identity of a client. A session can be resumed by the same identity alone. Throw or reject with `Refused` to turn one away;
   * any other error is reported, and the client told to come again. Default: none, and the id of a session is a bearer secret.
   */
  readonly identify?: (request: IdentityRequest) => string | Promise<string>;
  /** Accepting side: a session is there for the first time in this process. Required where sessions are accepted. */
  readonly onSession?: (session: Session, arrived: Arrived) => unknown;
  /**
   * Accepting side: for how long a session is kept without a socket. Default 2 minutes. Dialling side: the time that it counts on; a server
   * that keeps the session for less is reported by a `warning`. A client never gives a session up by its own clock.
   */
  readonly keepFor?: Duration;
  /** Accepting side. */
  readonly maxSessions?: SessionLimits;
  /** Accepting side: permits sessions without `identify` on sockets that are neither TLS nor of this machine. Default `false`. */
  readonly plaintext?: boolean;
}

/** The options of both sides, as they are used. */
export interface AcceptSettings extends DialSettings {
  /** Absent: each supervisor has one in memory. */
  readonly store: SessionStore | undefined;
  readonly identify: AcceptSessionOptions['identify'];
  readonly onSession: AcceptSessionOptions['onSession'];
  /** Milliseconds. */
  readonly keepFor: number;
  readonly maxSessions: Required<SessionLimits>;
  readonly plaintext: boolean;
}

const defaultLimits: Required<SessionLimits> = { total: 100_000, perIdentity: 100 };
const MOST_SESSIONS = 1e9;
/** Milliseconds. */
const KEEP_FOR = 120_000;

/** Options of the accepting side, in a protocol that can only dial. */
function withoutEffect(options: AcceptSessionOptions) {
  if (options.onSession !== undefined) return [];
  return (['store', 'identify', 'maxSessions', 'plaintext'] as const).map((field) =>
    problem(
      field,
      options[field],
      options[field] === undefined,
      'nothing without `onSession`: an option of the side that accepts',
    ),
  );
}

const acceptKinds = {
  ...commonKinds,
  onLost: 'a string',
  store: 'an object',
  identify: 'a function',
  onSession: 'a function',
  keepFor: 0,
  maxSessions: 'an object',
  plaintext: 'a boolean',
} as const;

/** Throws `ConfigError`. */
export function acceptSettings(protocol: unknown, options: AcceptSessionOptions): AcceptSettings {
  checked('session', options, acceptKinds, 'session.');
  refuse(withoutEffect(options));
  const { store, identify, onSession, maxSessions, plaintext = false } = options;
  checked(
    'session.maxSessions',
    maxSessions ?? {},
    { total: 'a number', perIdentity: 'a number' },
    'session.maxSessions.',
  );
  const limits = maxSessions === undefined ? defaultLimits : { ...defaultLimits, ...maxSessions };
  const whole = `a whole number from 1 to ${MOST_SESSIONS}`;
  refuse([
    problem('maxSessions.total', limits.total, isWhole(limits.total, MOST_SESSIONS), whole),
    problem('maxSessions.perIdentity', limits.perIdentity, isWhole(limits.perIdentity, MOST_SESSIONS), whole),
    problem('store', store, store === undefined || typeof store.open === 'function', 'a store of sessions'),
  ]);
  const { framing, window, onFailure, onLost, wantsKept } = settingsOf(protocol, options);
  // Spread, the others would give each protocol a shape of its own.
  return {
    framing,
    window,
    onFailure,
    onLost,
    wantsKept,
    store,
    identify,
    onSession,
    keepFor: wantsKept ?? KEEP_FOR,
    maxSessions: limits,
    plaintext,
  };
}
