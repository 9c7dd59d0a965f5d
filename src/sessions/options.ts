/** The options of `session`, on both sides. */

import { type Duration, parseDuration } from '../base/duration.ts';
import { ConfigError, type ConfigProblem } from '../base/errors.ts';
import { checked, type Kinds } from '../base/options.ts';
import { Framing } from './framing.ts';
import type { Window } from './wire.ts';

/** Options that matter on both sides. */
export interface SessionOptions {
  /**
   * How much may be on its way in one direction without being acknowledged; the smaller of both sides' limits counts. A full window keeps
   * messages in the outbox. Default 1024 messages, 1 MiB.
   */
  readonly window?: Partial<Window>;
  /**
   * The fate of a message whose `onMessage` throws or rejects: `handled` reports the error and goes on; `end` reports it and ends the
   * session, with the message not handled. Default `handled`.
   */
  readonly onFailure?: 'handled' | 'end';
}

/** Options of the dialling side. */
export interface DialSessionOptions extends SessionOptions {
  /**
   * The fate of messages that are not acknowledged when the accepting side has lost the session: `report` tells them in `session$` and
   * leaves them; `resend` also sends them first in the next session, flagged `again` for its consumers. Default `report`.
   */
  readonly onLost?: 'report' | 'resend';
  /**
   * Dialling side: the time without a socket that the client counts on. The accepting side decides for how long it keeps a session; one that
   * keeps it for less is reported by a `warning`. Default: no warning.
   */
  readonly keepFor?: Duration;
}

/** The options of the dialling side, as they are used. */
export interface DialSettings {
  readonly framing: Framing;
  readonly window: Window;
  readonly onFailure: 'handled' | 'end';
  readonly onLost: 'report' | 'resend';
  /** `keepFor` of the options in milliseconds; undefined where it is not given. */
  readonly wantsKept: number | undefined;
}

export const defaultWindow: Window = { messages: 1024, bytes: 1024 * 1024 };
/** Thirty days, in milliseconds. */
const LONGEST = 30 * 24 * 3_600_000;
/** Above this a window is no limit. */
const MOST: Window = { messages: 65_536, bytes: 256 * 1024 * 1024 };

export const commonKinds: Kinds<SessionOptions> = { window: 'an object', onFailure: 'a string' };
const dialKinds: Kinds<DialSessionOptions> = { ...commonKinds, onLost: 'a string', keepFor: 0 };
const windowKinds: Kinds<Window> = { messages: 'a number', bytes: 'a number' };

/** Throws `ConfigError`. */
export function dialSettings(protocol: unknown, options: DialSessionOptions): DialSettings {
  return settingsOf(protocol, checked('session', options, dialKinds, 'session.'));
}

/** Throws `ConfigError`. The keys are known. */
export function settingsOf(protocol: unknown, options: DialSessionOptions): DialSettings {
  const { window, onFailure = 'handled', onLost = 'report', keepFor } = options;
  checked('session.window', window ?? {}, windowKinds, 'session.window.');
  const limits = window === undefined ? defaultWindow : { ...defaultWindow, ...window };
  const wantsKept = keepFor === undefined ? undefined : (parseDuration(keepFor) ?? 0);
  refuse([
    problem('keepFor', keepFor, isKept(wantsKept), 'a duration from 1ms to 720h'),
    ...(['messages', 'bytes'] as const).map((key) =>
      problem(
        `window.${key}`,
        limits[key],
        isWhole(limits[key], MOST[key]),
        `a whole number from 1 to ${MOST[key]}`,
      ),
    ),
    problem('onFailure', onFailure, onFailure === 'handled' || onFailure === 'end', 'handled or end'),
    problem('onLost', onLost, onLost === 'report' || onLost === 'resend', 'report or resend'),
  ]);
  return { framing: new Framing(protocol), window: limits, onFailure, onLost, wantsKept };
}

/** Throws `ConfigError` with all problems. */
export function refuse(problems: readonly (ConfigProblem | undefined)[]): void {
  const found = problems.filter((each) => each !== undefined);
  if (found.length > 0) throw new ConfigError(found);
}

export function problem(
  field: string,
  value: unknown,
  holds: boolean,
  expected: string,
): ConfigProblem | undefined {
  return holds ? undefined : { path: `session.${field}`, value, expected };
}

export function isWhole(value: unknown, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most;
}

function isKept(ms = 1): boolean {
  return ms >= 1 && ms <= LONGEST;
}
