/** Methods of the server: arguments in order (AMQP 0-9-1, section 4.2.5). */

import { lenientDecoder } from '../../base/text-coding.ts';
import { refused } from '../clients.ts';

type Read = (view: DataView, at: number) => number | bigint | boolean;

/** Fields of a fixed width, by their type: as RabbitMQ has them, which differs from the text of the specification. */
const fixed: Readonly<Record<string, readonly [width: number, read: Read]>> = {
  t: [1, (view, at) => view.getUint8(at) !== 0],
  b: [1, (view, at) => view.getInt8(at)],
  B: [1, (view, at) => view.getUint8(at)],
  s: [2, (view, at) => view.getInt16(at)],
  u: [2, (view, at) => view.getUint16(at)],
  I: [4, (view, at) => view.getInt32(at)],
  i: [4, (view, at) => view.getUint32(at)],
  l: [8, (view, at) => view.getBigInt64(at)],
  T: [8, (view, at) => view.getBigUint64(at)],
  f: [4, (view, at) => view.getFloat32(at)],
  d: [8, (view, at) => view.getFloat64(at)],
};

/** Tables and lists within each other; servers send tables in one table. */
const maxDepth = 8;

/** The number of a method: its class in the upper 16 bits, its own below. */
export const idOf = (classId: number, methodId: number): number => classId * 0x1_0000 + methodId;

/** Reads the arguments behind the id. Throws `Refused` for those that are cut off, or unknown. */
export class Reading {
  /** The number of the method, as `idOf` makes it. */
  readonly id: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(payload: Uint8Array) {
    this.#bytes = payload;
    this.#view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    this.id = this.long();
  }

  octet(): number {
    return this.#view.getUint8(this.#pass(1));
  }

  short(): number {
    return this.#view.getUint16(this.#pass(2));
  }

  long(): number {
    return this.#view.getUint32(this.#pass(4));
  }

  shortText(): string {
    return lenientDecoder().decode(this.#part(this.octet()));
  }

  longText(): string {
    return lenientDecoder().decode(this.#part(this.long()));
  }

  table(depth = 0): Record<string, unknown> {
    return Object.fromEntries(this.#all(depth, () => [this.shortText(), this.#field(depth)] as const));
  }

  #field(depth: number): unknown {
    const type = String.fromCharCode(this.octet());
    const [width = 0, read] = Object.hasOwn(fixed, type) ? (fixed[type] ?? []) : [];
    if (read !== undefined) return read(this.#view, this.#pass(width));
    if (type === 'S') return this.longText();
    if (type === 'x') return new Uint8Array(this.#part(this.long()));
    if (type === 'F') return this.table(depth + 1);
    if (type === 'A') return this.#all(depth + 1, () => this.#field(depth + 1));
    if (type === 'D') return this.#decimal();
    if (type === 'V') return null;
    throw mistake(`a field of the unknown type ${JSON.stringify(type)}`);
  }

  #decimal(): number {
    const scale = this.octet();
    return this.#view.getInt32(this.#pass(4)) / 10 ** scale;
  }

  /** The items of a table or list, whose length is next. */
  #all<T>(depth: number, read: () => T): T[] {
    const length = this.long();
    const end = this.#at + length;
    if (depth > maxDepth) throw mistake(`more than ${maxDepth} tables in each other`);
    const items: T[] = [];
    while (this.#at < end) items.push(read());
    return items;
  }

  #part(length: number): Uint8Array {
    const from = this.#pass(length);
    return this.#bytes.subarray(from, this.#at);
  }

  #pass(length: number): number {
    const from = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw mistake('arguments that are cut off');
    return from;
  }
}

function mistake(detail: string) {
  return refused('protocol-error', detail);
}
