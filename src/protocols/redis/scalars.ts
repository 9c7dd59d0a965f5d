/** Lines of RESP, and values that are one line. */
import { lenientDecoder } from '../../base/text-coding.ts';
import { RedisError, type RedisValue } from './messages.ts';

const newline = 0x0a;
const minus = 0x2d;
/** Up to this length a loop is faster than a call of the platform. */
const short = 24;

/** Where the line ends, its line break included; `Infinity` without one. */
export function lineEnd(bytes: Uint8Array, from: number): number {
  const near = Math.min(bytes.length, from + short);
  let at = from;
  while (at < near && bytes[at] !== newline) at++;
  if (at < near) return at + 1;
  const found = bytes.indexOf(newline, at);
  return found === -1 ? Number.POSITIVE_INFINITY : found + 1;
}

/** The text of UTF-8 in a range; U+FFFD stands for what is not UTF-8. */
export function textIn(bytes: Uint8Array, from: number, to: number): string {
  if (to - from > short) return lenientDecoder().decode(bytes.subarray(from, to));
  let text = '';
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    if (byte > 0x7f) return lenientDecoder().decode(bytes.subarray(from, to));
    text += String.fromCharCode(byte);
  }
  return text;
}

/** A decimal number with an optional minus; `NaN` for anything else, and beyond 15 digits. */
export function numberIn(bytes: Uint8Array, from: number, to: number): number {
  const negative = bytes[from] === minus;
  const first = negative ? from + 1 : from;
  if (to === first || to - first > 15) return Number.NaN;
  let value = 0;
  for (let at = first; at < to; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return negative ? 0 - value : value;
}

/** The value of a line without its type and line break; `undefined` when it is none. */
export function scalarOf(type: number, text: string): RedisValue | undefined {
  switch (String.fromCharCode(type)) {
    case '+':
      return text;
    case '-':
      return new RedisError(text);
    case ':':
      return integerOf(text);
    case '_':
      return text === '' ? null : undefined;
    case '#':
      return text === 't' ? true : text === 'f' ? false : undefined;
    case ',':
      return doubleOf(text);
    case '(':
      return isInteger(text) ? BigInt(text) : undefined;
    default:
      return undefined;
  }
}

function integerOf(text: string): number | bigint | undefined {
  if (!isInteger(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

function isInteger(text: string): boolean {
  return /^[+-]?\d+$/.test(text);
}

const notNumbers: Readonly<Record<string, number>> = {
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  nan: Number.NaN,
  '-nan': Number.NaN,
};

function doubleOf(text: string): number | undefined {
  if (Object.hasOwn(notNumbers, text)) return notNumbers[text];
  return /^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;
}
