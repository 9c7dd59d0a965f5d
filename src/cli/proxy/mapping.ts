/** How the data of one leg becomes that of the other: a stream has chunks, which may be cut anywhere, or lines; others have messages. */
import { HoldfastError } from '../../base/errors.ts';
import { encoder, strictDecoder } from '../../base/text-coding.ts';
import { ByteAccumulator } from '../../protocols/byte-accumulator.ts';
import type { Data } from './marks.ts';

/** A leg is a stream of bytes, or carries messages. */
export type Carries = 'stream' | 'messages';

/** The parts that a stream is cut into. */
export type Cut = 'bytes' | 'line';

/** Maps one direction. */
export interface Mapping {
  /** The data that leaves for `data` that came. Throws `HoldfastError("bad-message")` for a line that is too long. */
  of(data: Data): readonly Data[];
  /** The rest, at the end of the stream. */
  rest(): readonly Data[];
  /** Forgets an unfinished line: its end is lost. */
  cut(): void;
}

/** Bytes of a line without its end. */
export const MOST_LINE = 1024 * 1024;

export function mappingOf(from: Carries, to: Carries, cut: Cut): Mapping {
  if (from === 'messages') return to === 'messages' ? asItIs : fromMessages(cut);
  if (cut === 'bytes') return asItIs;
  return new Lines(to);
}

const nothing: readonly Data[] = [];
const ignore = () => {};
const asItIs: Mapping = { of: (data) => [data], rest: () => nothing, cut: ignore };
const newline = 0x0a;
const carriageReturn = 0x0d;

function fromMessages(cut: Cut): Mapping {
  const of =
    cut === 'line' ? (data: Data) => [asLine(data)] : (data: Data) => (data.length > 0 ? [data] : []);
  return { of, rest: () => nothing, cut: ignore };
}

function asLine(data: Data): Data {
  if (typeof data === 'string') return `${data}\n`;
  const line = new Uint8Array(data.length + 1);
  line.set(data);
  line[data.length] = newline;
  return line;
}

/** Cuts a stream into whole lines: each a message, or those of a chunk together for another stream. */
class Lines implements Mapping {
  readonly #to: Carries;
  #pending: ByteAccumulator | undefined;

  constructor(to: Carries) {
    this.#to = to;
  }

  of(data: Data): readonly Data[] {
    const chunk = typeof data === 'string' ? encoder().encode(data) : data;
    const last = chunk.lastIndexOf(newline);
    if (last < 0) {
      this.#keep(chunk);
      return nothing;
    }
    const whole = this.#complete(chunk.subarray(0, last + 1));
    if (last + 1 < chunk.length) this.#keep(chunk.subarray(last + 1));
    return this.#to === 'stream' ? [whole] : linesOf(whole);
  }

  rest(): readonly Data[] {
    const rest = this.#pending?.bytes();
    this.cut();
    if (rest === undefined) return nothing;
    return [this.#to === 'stream' ? rest : messageOf(rest)];
  }

  cut(): void {
    this.#pending = undefined;
  }

  #complete(lines: Uint8Array): Uint8Array {
    const pending = this.#pending;
    if (pending === undefined) return lines;
    this.#check(lines.indexOf(newline));
    this.#pending = undefined;
    const whole = new Uint8Array(pending.length + lines.length);
    whole.set(pending.bytes());
    whole.set(lines, pending.length);
    return whole;
  }

  #keep(part: Uint8Array): void {
    this.#check(part.length);
    this.#pending ??= new ByteAccumulator(MOST_LINE);
    this.#pending.append(part);
  }

  #check(more: number): void {
    if ((this.#pending?.length ?? 0) + more <= MOST_LINE) return;
    throw new HoldfastError('bad-message', `a line of more than ${MOST_LINE} bytes`);
  }
}

function linesOf(whole: Uint8Array): readonly Data[] {
  const lines: Data[] = [];
  for (let from = 0; from < whole.length; ) {
    const end = whole.indexOf(newline, from);
    lines.push(messageOf(whole.subarray(from, end)));
    from = end + 1;
  }
  return lines;
}

/** A carriage return before the newline belongs to the line break. A line that is not UTF-8 is a message of bytes. */
function messageOf(line: Uint8Array): Data {
  const text = line.at(-1) === carriageReturn ? line.subarray(0, -1) : line;
  try {
    return strictDecoder().decode(text);
  } catch {
    return new Uint8Array(text);
  }
}
