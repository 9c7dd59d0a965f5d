/** Text of the simulated network as bytes and back. jsdom, under Jest, has no `TextEncoder` and no `TextDecoder`. */
import { encoder, lenientDecoder } from '../../base/text-coding.ts';

export function bytesOfText(text: string): Uint8Array {
  if (typeof TextEncoder === 'function') return encoder().encode(text);
  const bytes = encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd')).match(/%..|[^%]/g) ?? [];
  return Uint8Array.from(bytes, (byte) =>
    byte.length === 1 ? byte.charCodeAt(0) : Number(`0x${byte.slice(1)}`),
  );
}

/** The text of bytes that `bytesOfText` made. */
export function textOfBytes(bytes: Uint8Array): string {
  if (typeof TextDecoder === 'function') return lenientDecoder().decode(bytes);
  return decodeURIComponent(Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''));
}
