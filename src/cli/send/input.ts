/** Standard input as messages. Holds no more than a line and a chunk. */
import type { Readable } from 'node:stream';
import type { Form } from './form.ts';

/** Bytes of a line: the largest message that a protocol takes by default. */
const LONGEST = 16 * 1024 * 1024;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Rejects for a line that is too long, or no UTF-8 where text is wanted, by its number. */
export async function* messagesOf(stdin: Readable, { unit }: Form): AsyncGenerator<string | Uint8Array> {
  if (unit === 'bytes') {
    for await (const chunk of stdin) yield bytesOf(chunk);
    return;
  }
  let number = 0;
  for await (const line of linesOf(stdin)) {
    number++;
    yield unit === 'line' ? line : textOf(line, number);
  }
}

async function* linesOf(stdin: Readable): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let held = 0;
  let number = 0;
  for await (const given of stdin) {
    const chunk = bytesOf(given);
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      number++;
      yield withoutReturn(joined(parts, chunk.subarray(from, at)));
      parts = [];
      held = 0;
      from = at + 1;
    }
    const rest = chunk.subarray(from);
    held += rest.length;
    if (held > LONGEST) throw new Error(`line ${number + 1} is longer than ${LONGEST} bytes`);
    if (rest.length > 0) parts.push(rest);
  }
  if (held > 0) yield withoutReturn(joined(parts, new Uint8Array()));
}

function bytesOf(chunk: Uint8Array | string): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

function joined(parts: readonly Uint8Array[], last: Uint8Array): Uint8Array {
  return parts.length === 0 ? last : Buffer.concat([...parts, last]);
}

function withoutReturn(line: Uint8Array): Uint8Array {
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(line: Uint8Array, number: number): string {
  try {
    return decoder.decode(line);
  } catch {
    throw new Error(`line ${number} is not UTF-8`);
  }
}
