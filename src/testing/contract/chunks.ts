/** Chunks of bytes, and messages of transports that carry messages: lending, joining and cutting them. */
import { ControlFrame, isControl } from '../../ports/websocket-chunk.ts';

const noBytes = new Uint8Array(0);
/** The byte that lent bytes are overwritten with after a push. */
const spoiled = 0xee;

/** Calls `push` with a copy of `chunk`, and overwrites the copy afterwards: bytes are lent for the call alone. */
export function lend<Result>(chunk: unknown, push: (lent: unknown) => Result): Result {
  const lent = copyOf(chunk);
  try {
    return push(lent);
  } finally {
    if (lent instanceof Uint8Array) lent.fill(spoiled);
    if (lent instanceof ControlFrame) lent.payload.fill(spoiled);
  }
}

/** A view inside a larger buffer, as transports lend it. */
function copyOf(chunk: unknown): unknown {
  if (isControl(chunk)) return new ControlFrame(chunk.kind, insideBuffer(chunk.payload));
  return chunk instanceof Uint8Array ? insideBuffer(chunk) : chunk;
}

function insideBuffer(bytes: Uint8Array): Uint8Array {
  const view = new Uint8Array(bytes.length + 2).subarray(1, bytes.length + 1);
  view.set(bytes);
  return view;
}

export function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Whole repetitions of `fill`, of at least `length` bytes or characters. */
export function repeated(fill: unknown, length: number): Uint8Array | string {
  if (typeof fill === 'string') return fill.repeat(Math.ceil(length / fill.length));
  const bytes = fill instanceof Uint8Array ? fill : noBytes;
  if (bytes.length === 0) throw new Error('endless: fill is text or bytes, not empty');
  return join(Array.from({ length: Math.ceil(length / bytes.length) }, () => bytes));
}

/** Cuts at ascending positions; equal ones make empty chunks. */
export function cutAt(stream: Uint8Array, positions: readonly number[]): Uint8Array[] {
  const edges = [0, ...positions, stream.length];
  return edges.slice(1).map((end, index) => stream.subarray(edges[index], end));
}

export function singleBytes(stream: Uint8Array): Uint8Array[] {
  return Array.from(stream, (_, at) => stream.subarray(at, at + 1));
}

/** Up to 8 cuts anywhere. */
export function randomCuts(stream: Uint8Array, random: () => number): Uint8Array[] {
  const positions = Array.from({ length: Math.floor(random() * 9) }, () => below(stream.length + 1, random));
  return cutAt(
    stream,
    positions.sort((a, b) => a - b),
  );
}

/** A whole number from 0, less than `limit`. */
export function below(limit: number, random: () => number): number {
  return Math.floor(random() * limit);
}
