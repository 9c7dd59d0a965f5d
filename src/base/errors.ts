/** The errors holdfast throws or rejects with: a stable `code`, a `cause` where there is one. */
import type { Exit } from '../policy/exits.ts';

/** Every code, and when it is used. */
export type HoldfastErrorCode =
  /** An option, URL or argument is not acceptable; the message names field, value, expectation. */
  | 'bad-config'
  /** An id is running with another specification. */
  | 'id-in-use'
  /** The protocol cannot carry this message; the connection goes on. */
  | 'bad-message'
  /** A message did not leave; see `DeliveryError`. */
  | 'not-delivered'
  /** The connection, or the supervisor, has ended; see `ConnectionClosedError`. */
  | 'closed'
  /** Waiting was ended by the caller's `AbortSignal`. */
  | 'aborted';

const brand = Symbol.for('holdfast.error');

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

/** What is wrong with one field of a configuration. */
export interface ConfigProblem {
  /** Dotted, as in `heartbeat.interval`. */
  readonly path: string;
  readonly value: unknown;
  readonly expected: string;
}

/** One or more fields are not acceptable. Nothing was started or changed. */
export class ConfigError extends HoldfastError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super('bad-config', problems.map(describeProblem).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** One field is not acceptable. */
export function badConfig(path: string, value: unknown, expected: string): ConfigError {
  return new ConfigError([{ path, value, expected }]);
}

export function describeProblem({ path, value, expected }: ConfigProblem): string {
  return `${path}: ${show(value)} is not valid; expected ${expected}`;
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(clip(value));
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  return clip(String(value));
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** Why a message did not leave. `never-sent` also stands for an abort before it left. */
export type DeliveryOutcome = 'never-sent' | 'expired' | 'evicted';

/** A message that certainly did not reach the peer. */
export class DeliveryError extends HoldfastError {
  readonly outcome: DeliveryOutcome;

  constructor(outcome: DeliveryOutcome, message: string, options?: ErrorOptions) {
    super('not-delivered', message, options);
    this.name = 'DeliveryError';
    this.outcome = outcome;
  }
}

/** The connection ended for good; `exit` says why. */
export class ConnectionClosedError extends HoldfastError {
  readonly exit: Exit;

  constructor(id: string, exit: Exit) {
    super('closed', `connection ${id} ended: ${exit.reason}`, { cause: exit.error });
    this.name = 'ConnectionClosedError';
    this.exit = exit;
  }
}
