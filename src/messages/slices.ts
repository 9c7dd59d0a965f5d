/** Cuts long messages for sockets that send a message in slices. A completed slice is progress. */

/** Bytes of one slice. */
export const SLICE = 64 * 1024;
/** A rest of this length is no slice of its own: a header in front of 64 KiB would cost every message a write. */
const REST = 1024;

export interface Slice {
  readonly chunk: unknown;
  /** Where the next slice begins; 0: it is the last. */
  readonly end: number;
}

/** The slice that begins at `start`; undefined: the message is short, and goes whole. */
export function slice(chunk: unknown, start: number): Slice | undefined {
  const end = sliceEnd(chunk, start);
  if (end === undefined && start === 0) return undefined;
  return { chunk: sliceOf(chunk, start, end), end: end ?? 0 };
}

/**
 * Where the slice that begins at `start` ends; undefined: it is the last. Characters stay whole. Bytes may be those of
 * another realm, for which `instanceof` is false.
 */
function sliceEnd(chunk: unknown, start: number): number | undefined {
  const end = start + SLICE;
  if (ArrayBuffer.isView(chunk)) return end + REST < chunk.byteLength ? end : undefined;
  if (typeof chunk !== 'string' || end + REST >= chunk.length) return undefined;
  const last = chunk.charCodeAt(end - 1);
  const isHighSurrogate = last >= 0xd800 && last < 0xdc00;
  return isHighSurrogate ? end - 1 : end;
}

function sliceOf(chunk: unknown, start: number, end?: number): unknown {
  return typeof chunk === 'string' ? chunk.slice(start, end) : (chunk as Uint8Array).subarray(start, end);
}
