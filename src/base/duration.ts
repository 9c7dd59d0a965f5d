/** Durations as configurations and the command line write them. */

/** Milliseconds, or a number with a unit: `"250ms"`, `"10s"`, `"2m"`, `"1h"`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h'}`;

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;
const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
type Unit = keyof typeof UNITS;

/** About 31 years; keeps sums of durations exact. */
export const LONGEST = 1e12;

/** Milliseconds of a duration, or undefined if it is none. */
export function parseDuration(value: unknown): number | undefined {
  const match = typeof value === 'string' ? DURATION.exec(value) : null;
  const ms = match ? Number(match[1]) * UNITS[match[2] as Unit] : value;
  return typeof ms === 'number' && ms >= 0 && ms <= LONGEST ? ms : undefined;
}

/** The duration in the largest unit that keeps it whole: `"90s"`, `"2m"`. `parseDuration` reads it back as the same number. */
export function durationText(ms: number): string {
  const whole = Object.entries(UNITS).findLast(([, unit]) => ms >= unit && ms % unit === 0);
  return whole === undefined ? `${ms}ms` : `${ms / whole[1]}${whole[0]}`;
}
