/** Scales that place counts and seconds in a picture, for the terminal and for files. */
import { ideal } from './numbers.ts';
import type { Results } from './results.ts';

/** Maps counts to heights from 0 to 1, in bands of equal height. */
export interface Scale {
  readonly name: 'linear' | 'logarithmic';
  /** The count at the foot of each band, from low to high. */
  readonly feet: readonly number[];
  heightOf(count: number): number;
}

/** The seconds that a picture shows. */
export interface Span {
  /** The first second shown, counted from the second in which the server dies. */
  readonly from: number;
  readonly seconds: number;
  /** The second in which the server accepts again, counted from `from`. */
  readonly upAt: number;
}

/** The highest peak, in multiples of the capacity, on a linear scale: a higher one would flatten the rest. */
const LINEAR_UP_TO = 5;
/** The longest time shown after server-up, in multiples of the outage or of the ideal. */
const MAX_AFTER = 3;
/** The longest part of the outage shown, in multiples of the time after it. */
const MAX_BEFORE = 2;

/** `fine`: more bands, for larger pictures. */
export function scaleOf({ setting, rows }: Results, fine: boolean): Scale {
  const top = Math.max(setting.capacity, ...rows.map(({ figures }) => figures.peakPerSecond));
  return top > LINEAR_UP_TO * setting.capacity ? logarithmic(top, fine ? 1 : 2) : linear(top, fine ? 5 : 3);
}

/** Cuts very long recoveries at their end, and very long outages at their beginning. */
export function spanOf({ setting, rows }: Results): Span {
  const outage = Math.ceil(setting.outageMs / 1000);
  const longest = Math.max(...rows.map(({ course }) => course.attemptsPerSecond.length)) - outage;
  const most = MAX_AFTER * Math.ceil(Math.max(ideal(setting), outage));
  const after = Math.max(1, Math.min(longest, most));
  const upAt = Math.min(outage, MAX_BEFORE * Math.max(after, 30));
  return { from: outage - upAt, upAt, seconds: upAt + after };
}

/** The highest count of the seconds that fall into each of `columns`. */
export function resampled(counts: readonly number[], span: Span, columns: number): number[] {
  const { from: first, seconds } = span;
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * seconds) / columns);
    const to = Math.max(from + 1, Math.floor(((column + 1) * seconds) / columns));
    return Math.max(0, ...counts.slice(first + from, first + to));
  });
}

/** About `count` round numbers of seconds relative to server-up; negative before it. */
export function timeTicks({ seconds, upAt }: Span, count: number): number[] {
  const step = roundUp(seconds / count);
  const first = -Math.floor(upAt / step);
  const last = Math.floor((seconds - upAt) / step);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

/** A scale whose bands are one or two powers of ten; the lowest begins at 1. */
function logarithmic(top: number, powers: number): Scale {
  const bands = Math.ceil(Math.log10(top) / powers);
  return {
    name: 'logarithmic',
    feet: Array.from({ length: bands }, (_, band) => 10 ** (band * powers)),
    heightOf: (count) => (count < 1 ? 0 : Math.log10(count) / (bands * powers)),
  };
}

function linear(top: number, wanted: number): Scale {
  const step = roundUp(top / wanted);
  const bands = Math.ceil(top / step);
  return {
    name: 'linear',
    feet: Array.from({ length: bands }, (_, band) => band * step),
    heightOf: (count) => count / (bands * step),
  };
}

/** Rounds up to 1, 2, 5, 10, 20, … */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const digit = [1, 2, 5, 10].find((candidate) => candidate * power >= value) ?? 10;
  return Math.max(1, digit * power);
}
