import { expect, test } from 'vitest';
import { Numbered, Outgoing } from '../../src/sessions/outgoing.ts';
import { frameRoom } from '../../src/sessions/slab.ts';

const size = 1024;

/** Numbered messages, each filled with its number. */
function numbered(out: Outgoing, count: number): Uint8Array[] {
  return Array.from({ length: count }, () => {
    const chunk = frameRoom(size + 1).fill(out.sent + 1);
    out.add(new Numbered(chunk, size, 0, 1));
    return chunk;
  });
}

function give(out: Outgoing, isFreed: boolean): void {
  for (let message = out.next(); message !== undefined; message = out.next()) if (isFreed) message.freed();
}

/** Frames of others, as many as there are free buffers. */
function fillWithOthers(): void {
  for (let n = 0; n < 2000; n++) frameRoom(size + 1).fill(0xff);
}

const unchanged = (chunks: readonly Uint8Array[]) =>
  chunks.every((chunk, n) => chunk.every((byte) => byte === n + 1));

test('freed by the socket and handled, the memory of messages is that of others', () => {
  const out = new Outgoing();
  const chunks = numbered(out, 60);
  give(out, true);

  out.acknowledged(60);
  fillWithOthers();

  expect(chunks.some((chunk) => chunk[0] === 0xff)).toBe(true);
});

test('what the socket has not freed stays as it is, whatever the peer acknowledges', () => {
  const out = new Outgoing();
  const chunks = numbered(out, 60);
  give(out, false);

  out.acknowledged(60);
  fillWithOthers();

  expect(unchanged(chunks)).toBe(true);
});

test('what an earlier socket was given stays as it is', () => {
  const out = new Outgoing();
  const chunks = numbered(out, 60);
  give(out, true);
  out.greeted(0, 0);
  give(out, true);

  out.acknowledged(60);
  fillWithOthers();

  expect(unchanged(chunks)).toBe(true);
});

test('what is not acknowledged stays as it is', () => {
  const out = new Outgoing();
  const chunks = numbered(out, 60);
  give(out, true);

  out.acknowledged(10);
  fillWithOthers();

  expect(unchanged(chunks.slice(10).map((chunk) => chunk.map((byte) => byte - 10)))).toBe(true);
  out.end();
});
