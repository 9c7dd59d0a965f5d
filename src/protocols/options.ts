/** Checks that the options of all protocols share: of `maxMessageBytes` and of heartbeat texts. */
import { ConfigError } from '../base/errors.ts';
import { expectedKey, objectOf } from '../base/options.ts';
import { isOver } from './utf8.ts';

/** 16 MiB: the default of `maxMessageBytes` where a message has a length of its own. */
export const defaultMaxMessageBytes = 16 * 1024 * 1024;

/** The largest length that a u32 can state. */
const largestLimit = 0xffff_ffff;

type Requirement = readonly [field: string, value: unknown, holds: boolean, expected: string];

/**
 * Throws one `ConfigError` for every option without a requirement, as a misspelt one is missing elsewhere; else with every
 * requirement that does not hold.
 */
export function requireAll(protocol: string, options: object, requirements: readonly Requirement[]): void {
  const fields = [...new Set(requirements.map(([field]) => field))];
  const unknown = Object.entries(objectOf(protocol, options))
    .filter(([key]) => !fields.includes(key))
    .map(([key, value]): Requirement => [key, value, false, expectedKey(key, fields)]);
  const problems = (unknown.length > 0 ? unknown : requirements)
    .filter(([, , holds]) => !holds)
    .map(([field, value, , expected]) => ({ path: `${protocol}.${field}`, value, expected }));
  if (problems.length > 0) throw new ConfigError(problems);
}

export function isWhole(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

export function limitRequirement(
  limit: number,
  { field = 'maxMessageBytes', least = 1, most = largestLimit } = {},
): Requirement {
  return [field, limit, isWhole(limit, least, most), `a whole number of bytes from ${least} to ${most}`];
}

/** Whether `token` is text within the limit, not empty. An invalid limit counts as none here: it has an error of its own. */
export function isTextToken(token: unknown, maxMessageBytes: number): token is string {
  if (typeof token !== 'string' || token === '') return false;
  return !(maxMessageBytes >= 1 && isOver(token, maxMessageBytes));
}
