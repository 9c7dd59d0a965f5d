/** Values of RESP that are one line. */
import { RedisError, type RedisValue } from './messages.ts';

/** The bytes of a decimal number with an optional sign; `NaN` for anything else, and beyond 15 digits. */
export function numberOf(digits: Uint8Array): number {
  const negative = digits[0] === 0x2d;
  const from = negative ? 1 : 0;
  if (digits.length === from || digits.length > 15) return Number.NaN;
  let value = 0;
  for (let at = from; at < digits.length; at++) {
    const digit = (digits[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
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
