/** Bytes of any realm: an iframe, a `vm` context and jsdom have classes of their own, for which `instanceof` is false. */

/** The name of a built-in class, in any realm: `[object ArrayBuffer]`. */
export const tagOf = (value: unknown): string => ({}).toString.call(value);

/** The bytes of a typed array, a `DataView` or an `ArrayBuffer`, not copied; undefined for anything else. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return tagOf(value) === '[object ArrayBuffer]' ? new Uint8Array(value as ArrayBuffer) : undefined;
}
