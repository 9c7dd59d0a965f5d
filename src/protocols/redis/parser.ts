/**
 * RESP2 and RESP3 as a bounded push parser. Source: the protocol specification of Redis. Streamed strings and aggregates
 * (`$?`, `*?`), which no server sends, are refused; attributes (`|`) are read and dropped.
 */
import type { Violation } from '../../ports/protocol.ts';
import { ByteAccumulator } from '../byte-accumulator.ts';
import { tooBig } from '../refusals.ts';
import { RedisError, type RedisValue } from './messages.ts';
import { numberOf, scalarOf } from './scalars.ts';

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
/** The memory of an element and of a map, whatever their bytes: a peer may fill an array with elements of 3 bytes. */
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
const [bulk, verbatim, bulkError] = [...'$=!'].map(codeOf) as [number, number, number];
/** Characters of a verbatim string before its text: `txt:`. */
const verbatimPrefix = 4;

const utf8 = /* @__PURE__ */ new TextDecoder('utf-8', { ignoreBOM: true });

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
    let at = 0;
    while (at < chunk.length) {
      const inBulk = this.#bulkLength >= 0;
      const end = inBulk ? at + this.#bulkLeft : chunk.indexOf(newline, at) + 1;
      const whole = inBulk ? end <= chunk.length : end > 0;
      const part = chunk.subarray(at, whole ? end : chunk.length);
      const violation = inBulk ? this.#readBulk(part, whole) : this.#readLine(part, whole);
      if (violation !== undefined) return violation;
      at += part.length;
    }
    return undefined;
  }

  /** Bytes to come of the string that is being read, its line break included. */
  get #bulkLeft(): number {
    return this.#bulkLength + 2 - (this.#bulk?.length ?? 0);
  }

  #readBulk(part: Uint8Array, whole: boolean): Violation | undefined {
    if (!whole || this.#bulk !== undefined) {
      this.#bulk ??= new ByteAccumulator(this.#bulkLength + 2);
      this.#bulk.append(part);
      if (!whole) return undefined;
    }
    const lent = this.#bulk === undefined;
    const bytes = this.#bulk?.bytes() ?? part;
    const length = this.#bulkLength;
    this.#bulk = undefined;
    this.#bulkLength = -1;
    if (bytes[length] !== carriageReturn || bytes[length + 1] !== newline)
      return garbage('a string that does not end with its line break');
    return this.#value(this.#stringOf(bytes.subarray(0, length), lent));
  }

  #stringOf(bytes: Uint8Array, lent: boolean): Value {
    if (this.#bulkType === bulkError) return new RedisError(utf8.decode(bytes));
    const text = this.#bulkType === verbatim ? bytes.subarray(verbatimPrefix) : bytes;
    if (!this.#limits.bytes) return utf8.decode(text);
    // Not `slice`: that of Node's buffers is a view.
    return lent ? new Uint8Array(text) : text;
  }

  #readLine(part: Uint8Array, whole: boolean): Violation | undefined {
    if ((this.#line?.length ?? 0) + part.length > longestLine)
      return garbage(`a line of more than ${longestLine} bytes`);
    if (!whole || this.#line !== undefined) {
      this.#line ??= new ByteAccumulator(longestLine);
      this.#line.append(part);
      if (!whole) return undefined;
    }
    const line = this.#line?.bytes() ?? part;
    this.#line = undefined;
    if (line.length < 3 || line[line.length - 2] !== carriageReturn)
      return garbage('a line that is empty, or does not end with CR and LF');
    const cost = this.#open === undefined ? 0 : elementCost;
    return this.#charge(line.length + cost) ?? this.#header(line[0] as number, line);
  }

  #header(type: number, line: Uint8Array): Violation | undefined {
    const text = line.subarray(1, line.length - 2);
    if (type === bulk || type === verbatim || type === bulkError)
      return this.#startBulk(type, numberOf(text));
    if (type === array || type === set || type === push) return this.#start(type, numberOf(text), 1);
    if (type === map || type === attribute) return this.#start(type, numberOf(text), 2);
    const value = scalarOf(type, utf8.decode(text));
    return value === undefined ? garbage(`a reply of the unknown type ${type}`) : this.#value(value);
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
