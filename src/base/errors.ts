/** The errors holdfast throws or rejects with: a stable `code`, a `cause` where there is one. */
import type { Exit } from '../policy/exits.ts';

/** The codes of `HoldfastError`. */
export type HoldfastErrorCode =
  /** An option, URL or argument is not acceptable; the message names field, value, expectation. */
  | 'bad-config'
  /** An id is running with another specification. */
  | 'id-in-use'
  /** The protocol cannot carry this message; the connection goes on. */
  | 'bad-message'
  /** A message was not sent; see `DeliveryError`. */
  | 'not-delivered'
  /** The connection, or the supervisor, has ended; see `ConnectionClosedError`. */
  | 'closed'
  /** The caller's `AbortSignal` ended a wait. */
  | 'aborted'
  /** A request got no answer; see `RequestError` of `holdfast/requests`. */
  | 'unanswered'
  /** A session belongs to another process or client by now. */
  | 'replaced';

const brand = Symbol.for('holdfast.error');

/** The class of all errors of this package; `code` tells them apart. */
export class HoldfastError extends Error {
  readonly code: HoldfastErrorCode;
  /** Marks the error across copies of the package, where `instanceof` fails. */
  readonly [brand] = true;

  constructor(code: HoldfastErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HoldfastError';
    this.code = code;
  }
}

/** True for errors of any copy of holdfast in the process. */
export function isHoldfastError(value: unknown): value is HoldfastError {
  return typeof value === 'object' && value !== null && brand in value;
}

/** An invalid field of a configuration. */
export interface ConfigProblem {
  /** A dotted path, as in `heartbeat.interval`. */
  readonly path: string;
  readonly value: unknown;
  readonly expected: string;
}

/** At least one field is not acceptable; nothing was started or changed. The message has one line per problem. */
export class ConfigError extends HoldfastError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super('bad-config', problems.map(describeProblem).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** The error for one invalid field. */
export function badConfig(path: string, value: unknown, expected: string): ConfigError {
  return new ConfigError([{ path, value, expected }]);
}

export function describeProblem({ path, value, expected }: ConfigProblem): string {
  return `${path}: ${show(value)} is not valid; expected ${expected}`;
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(clip(value));
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  // The source of such an error may hold a secret.
  if (typeof value === 'function') return 'a function';
  return clip(String(value));
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** Why a message was not sent. `never-sent` includes an abort before it was sent. */
export type DeliveryOutcome = 'never-sent' | 'expired' | 'evicted';

/** Rejects the receipt of a message that certainly did not reach the peer. */
export class DeliveryError extends HoldfastError {
  readonly outcome: DeliveryOutcome;

  constructor(outcome: DeliveryOutcome, message: string, options?: ErrorOptions) {
    super('not-delivered', message, options);
    this.name = 'DeliveryError';
    this.outcome = outcome;
  }
}

/** The connection ended and is not restarted; `exit` has the reason. */
export class ConnectionClosedError extends HoldfastError {
  readonly exit: Exit;

  constructor(id: string, exit: Exit) {
    super('closed', `connection ${id} ended: ${exit.reason}`, { cause: exit.error });
    this.name = 'ConnectionClosedError';
    this.exit = exit;
  }
}
