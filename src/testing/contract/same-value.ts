/** Equality and texts of values, without the library of a test runner. */

/** Longer texts of values are cut. */
const maxLength = 200;

/** Deep equality of data: bytes, arrays, maps, sets and the own enumerable fields of objects. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (ArrayBuffer.isView(one) || ArrayBuffer.isView(other)) return isSameView(one, other);
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  if (one instanceof Date && other instanceof Date) return one.getTime() === other.getTime();
  if (isIterable(one) && isIterable(other)) return isSameList([...one], [...other]);
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && isSame(fieldOf(one, key), fieldOf(other, key)))
  );
}

/** A text for errors: bytes in hexadecimal, other values as JSON. */
export function describe(value: unknown): string {
  const text = JSON.stringify(value, readable) ?? String(value);
  return text.length > maxLength ? `${text.slice(0, maxLength)}... (${text.length} characters)` : text;
}

function readable(_: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return `<${hexOf(value.subarray(0, maxLength))}>`;
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  return value instanceof Map || value instanceof Set ? [...value] : value;
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

function isSameView(one: object, other: object): boolean {
  if (!(one instanceof Uint8Array && other instanceof Uint8Array)) return false;
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

function isIterable(value: object): value is Iterable<unknown> {
  return Symbol.iterator in value;
}

function isSameList(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((each, at) => isSame(each, other[at]));
}

function fieldOf(value: object, key: string): unknown {
  return (value as Record<string, unknown>)[key];
}
