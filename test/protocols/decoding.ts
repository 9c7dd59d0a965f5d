/** Helpers of the protocol tests: feeding a decoder, cutting a stream into chunks, and reading results. */
import * as fc from 'fast-check';
import { expect } from 'vitest';
import { ConfigError, isHoldfastError } from '../../src/base/errors.ts';
import type { Dialogue, Heartbeat, Protocol, Violation } from '../../src/ports/protocol.ts';
import { lend } from '../../src/testing/contract/chunks.ts';
import { dialogueOf } from '../../src/testing/dialogue.ts';

export interface Decoded {
  /** Messages as they are, heartbeats as `Heartbeat`. */
  readonly frames: readonly unknown[];
  readonly violation: Violation | undefined;
  /** How many chunks it took. */
  readonly pushed: number;
  readonly midFrame: boolean;
}

/** Decodes until the first violation. Bytes are overwritten after each push: they were only lent. */
export function decode<Chunk>(
  protocol: Pick<Protocol<unknown, never, Chunk>, 'open'>,
  chunks: Iterable<Chunk>,
): Decoded {
  const dialogue = dialogueOf(protocol);
  const { decoder } = dialogue;
  const frames: unknown[] = [];
  const sink = { frame: (frame: unknown) => void frames.push(dialogue.isHeartbeat(frame) || frame) };
  let violation: Violation | undefined;
  let pushed = 0;
  for (const chunk of chunks) {
    violation = lend(chunk, (lent) => decoder.push(lent as Chunk, sink));
    pushed++;
    if (violation !== undefined) break;
  }
  return { frames, violation, pushed, midFrame: decoder.midFrame };
}

/** Feeds `chunk` until a violation or `total` bytes. `most`: bytes of buffers that the process held meanwhile, garbage included. */
export function flood({ decoder }: Dialogue, chunk: Uint8Array, total: number) {
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  let violation: Violation | undefined;
  for (let sent = 0; sent < total && violation === undefined; sent += chunk.length) {
    violation = decoder.push(chunk, { frame: () => {} });
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  return { most, violation };
}

/** JSON of 20,000 lists in each other. */
export const deep = '['.repeat(20_000) + ']'.repeat(20_000);

/** The bytes of `parts` in one array; strings as UTF-8. */
export function bytes(...parts: readonly (string | Uint8Array | readonly number[])[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(
      parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Uint8Array.from(part))),
    ),
  );
}

/** Cuts `stream` at `positions`, in any order, repeated ones making empty chunks. */
export function cut(stream: Uint8Array, positions: readonly number[]): Uint8Array[] {
  const edges = [0, ...positions.map((at) => at % (stream.length + 1)), stream.length].sort((a, b) => a - b);
  return edges.slice(1).map((end, index) => stream.subarray(edges[index], end));
}

export function singleBytes(stream: Uint8Array): Uint8Array[] {
  return Array.from(stream, (byte) => Uint8Array.of(byte));
}

/** Every way to cut a stream once, then byte by byte. */
export function everyCut(stream: Uint8Array): Uint8Array[][] {
  const once = Array.from({ length: stream.length + 1 }, (_, at) => cut(stream, [at]));
  return [...once, singleBytes(stream)];
}

/** Where to cut: in a few places, or everywhere. */
export const anyCuts: fc.Arbitrary<(stream: Uint8Array) => Uint8Array[]> = fc.oneof(
  fc.array(fc.nat(), { maxLength: 12 }).map((at) => (stream: Uint8Array) => cut(stream, at)),
  fc.constant(singleBytes),
);

export const ping: Heartbeat = { kind: 'ping' };
export const pong: Heartbeat = { kind: 'pong' };
export const beat: Heartbeat = { kind: 'beat' };

/** Expects a `ConfigError` about exactly these paths. */
export function expectRefused(build: () => unknown, ...paths: readonly string[]): void {
  const error = thrownBy(build);
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as ConfigError).problems.map((problem) => problem.path)).toEqual(paths);
}

/** Expects that `encode` throws `bad-message` for `message`, of any type. */
export function expectBadMessage(protocol: { encode(message: never): unknown }, message: unknown): void {
  const error = thrownBy(() => protocol.encode(message as never));
  expect(isHoldfastError(error) && error.code).toBe('bad-message');
}

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
