/**
 * RESP2 and RESP3 as a bounded push parser. Source: the protocol specification of Redis. Streamed strings and aggregates
 * (`$?`, `*?`), which no server sends, are refused; attributes (`|`) are read and dropped.
 */
import type { Violation } from '../../ports/protocol.ts';
import { ByteAccumulator } from '../byte-accumulator.ts';
import { tooBig } from '../refusals.ts';
import { RedisError, type RedisValue } from './messages.ts';
import { lineEnd, numberIn, scalarOf, textIn } from './scalars.ts';

type Value = RedisValue<string | Uint8Array>;

/** Takes what was read; a failure ends the incarnation. */
export interface ReplySink {
  reply(value: Value): Violation | undefined;
  pushed(values: readonly Value[]): Violation | undefined;
}

export interface ParserLimits {
  /** Bytes of one reply. */
  readonly maxMessageBytes: number;
  /** Strings of the server stay bytes. */
  readonly bytes: boolean;
}

/** An array, map or other aggregate whose elements are being read. */
interface Open {
  readonly type: number;
  readonly items: Value[];
  /** Elements of it, of a map keys and values. */
  readonly count: number;
  read: number;
  readonly outer: Open | undefined;
  readonly depth: number;
}

const newline = 0x0a;
const carriageReturn = 0x0d;
/** A header or a simple string; longer texts are bulk strings. */
const longestLine = 64 * 1024;
const deepest = 128;
/** The memory of an element and of a map, without their bytes: a peer may fill an array with elements of 3 bytes. */
const elementCost = 16;
const mapCost = 128;
/** An array of at most this length is allocated at once; a longer one grows with the elements that arrived. */
const smallArray = 64;

const [array, map, set, push, attribute] = [...'*%~>|'].map(codeOf) as [
  number,
  number,
  number,
  number,
  number,
];
const [bulk, verbatim, bulkError, integer] = [...'$=!:'].map(codeOf) as [number, number, number, number];
/** Characters of a verbatim string before its text: `txt:`. */
const verbatimPrefix = 4;

export class RespParser {
  readonly #limits: ParserLimits;
  readonly #sink: ReplySink;
  /** The part of a line that came in earlier chunks. */
  #line: ByteAccumulator | undefined;
  /** The type and length of the string being read; a length of -1: none is. */
  #bulkType = 0;
  #bulkLength = -1;
  #bulk: ByteAccumulator | undefined;
  #open: Open | undefined;
  /** The cost of the reply so far. */
  #cost = 0;

  constructor(limits: ParserLimits, sink: ReplySink) {
    this.#limits = limits;
    this.#sink = sink;
  }

  get midFrame(): boolean {
    return this.#cost > 0 || this.#line !== undefined;
  }

  push(chunk: Uint8Array): Violation | undefined {
    let from = 0;
    while (from < chunk.length) {
      const inBulk = this.#bulkLength >= 0;
      const end = inBulk ? from + this.#bulkLeft : lineEnd(chunk, from);
      const whole = end <= chunk.length;
      const to = whole ? end : chunk.length;
      const violation = inBulk
        ? this.#readBulk(chunk, from, to, whole)
        : this.#readLine(chunk, from, to, whole);
      if (violation !== undefined) return violation;
      from = to;
    }
    return undefined;
  }

  /** Bytes to come of the string that is being read, its line break included. */
  get #bulkLeft(): number {
    return this.#bulkLength + 2 - (this.#bulk?.length ?? 0);
  }

  #readBulk(chunk: Uint8Array, from: number, to: number, whole: boolean): Violation | undefined {
    if (whole && this.#bulk === undefined) return this.#string(chunk, from, to - 2, true);
    this.#bulk ??= new ByteAccumulator(this.#bulkLength + 2);
    this.#bulk.append(chunk.subarray(from, to));
    if (!whole) return undefined;
    const bytes = this.#bulk.bytes();
    this.#bulk = undefined;
    return this.#string(bytes, 0, bytes.length - 2, false);
  }

  /** A string from its first byte to its line break. */
  #string(bytes: Uint8Array, from: number, to: number, lent: boolean): Violation | undefined {
    this.#bulkLength = -1;
    if (bytes[to] !== carriageReturn || bytes[to + 1] !== newline)
      return garbage('a string that does not end with its line break');
    const type = this.#bulkType;
    if (type === bulkError) return this.#value(new RedisError(textIn(bytes, from, to)));
    const start = type === verbatim ? from + verbatimPrefix : from;
    if (!this.#limits.bytes) return this.#value(textIn(bytes, start, to));
    const view = bytes.subarray(start, to);
    // Not `slice`: that of Node's buffers is a view.
    return this.#value(lent ? new Uint8Array(view) : view);
  }

  #readLine(chunk: Uint8Array, from: number, to: number, whole: boolean): Violation | undefined {
    if ((this.#line?.length ?? 0) + to - from > longestLine)
      return garbage(`a line of more than ${longestLine} bytes`);
    if (whole && this.#line === undefined) return this.#header(chunk, from, to);
    this.#line ??= new ByteAccumulator(longestLine);
    this.#line.append(chunk.subarray(from, to));
    if (!whole) return undefined;
    const line = this.#line.bytes();
    this.#line = undefined;
    return this.#header(line, 0, line.length);
  }

  /** A line, its line break included: the first of a value, or all of it. */
  #header(bytes: Uint8Array, from: number, to: number): Violation | undefined {
    if (to - from < 3 || bytes[to - 2] !== carriageReturn)
      return garbage('a line that is empty, or does not end with CR and LF');
    const excess = this.#charge(to - from + (this.#open === undefined ? 0 : elementCost));
    if (excess !== undefined) return excess;
    const type = bytes[from] as number;
    const number = numberIn(bytes, from + 1, to - 2);
    if (type === bulk || type === verbatim || type === bulkError) return this.#startBulk(type, number);
    if (type === array || type === set || type === push) return this.#start(type, number, 1);
    if (type === map || type === attribute) return this.#start(type, number, 2);
    if (type === integer && !Number.isNaN(number)) return this.#value(number);
    const value = scalarOf(type, textIn(bytes, from + 1, to - 2));
    return value === undefined ? garbage(`a line of the type ${type} that is no value`) : this.#value(value);
  }

  #startBulk(type: number, length: number): Violation | undefined {
    if (length === -1 && type === bulk) return this.#value(null);
    if (!(length >= (type === verbatim ? verbatimPrefix : 0))) return garbage('a string without a length');
    this.#bulkType = type;
    this.#bulkLength = length;
    return this.#charge(length);
  }

  #start(type: number, count: number, each: 1 | 2): Violation | undefined {
    if (count === -1 && type === array) return this.#value(null);
    if (!(count >= 0)) return garbage('an aggregate without a length');
    const depth = (this.#open?.depth ?? 0) + 1;
    if (depth > deepest) return garbage(`aggregates nested more than ${deepest} deep`);
    const elements = count * each;
    // A count that cannot fit is refused before the first element is read.
    if (elements * elementCost > this.#limits.maxMessageBytes) return tooBig(this.#limits.maxMessageBytes);
    const items = elements <= smallArray ? new Array<Value>(elements) : [];
    this.#open = { type, items, count: elements, read: 0, outer: this.#open, depth };
    return (type === map ? this.#charge(mapCost) : undefined) ?? this.#closeAggregates();
  }

  #value(value: Value): Violation | undefined {
    const open = this.#open;
    if (open === undefined) {
      this.#cost = 0;
      return this.#sink.reply(value);
    }
    open.items[open.read++] = value;
    return this.#closeAggregates();
  }

  /** Closes the innermost aggregate if it is complete, and those that it completes. */
  #closeAggregates(): Violation | undefined {
    for (let open = this.#open; open !== undefined && open.read === open.count; open = this.#open) {
      const { type, items, outer } = open;
      this.#open = outer;
      if (type === attribute) continue;
      if (outer === undefined) return this.#deliver(type, items);
      outer.items[outer.read++] = aggregateOf(type, items);
    }
    return undefined;
  }

  #deliver(type: number, items: Value[]): Violation | undefined {
    this.#cost = 0;
    return type === push ? this.#sink.pushed(items) : this.#sink.reply(aggregateOf(type, items));
  }

  #charge(cost: number): Violation | undefined {
    this.#cost += cost;
    return this.#cost > this.#limits.maxMessageBytes ? tooBig(this.#limits.maxMessageBytes) : undefined;
  }
}

function aggregateOf(type: number, items: Value[]): Value {
  if (type !== map) return items;
  const entries = new Map<Value, Value>();
  for (let at = 0; at < items.length; at += 2) entries.set(items[at] as Value, items[at + 1] as Value);
  return entries;
}

function garbage(what: string): Violation {
  return { reason: 'protocol-error', detail: what };
}

function codeOf(text: string): number {
  return text.charCodeAt(0);
}
