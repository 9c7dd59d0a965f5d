/** The beginning of a message as text: bounded, printable, and made without a look at the rest. */
import { escaped } from './escaped.ts';

export interface Excerpt {
  readonly kind: 'text' | 'bytes' | 'value';
  /** Bytes, of a text in UTF-8; absent for objects of a protocol. */
  readonly size?: number;
  /** Control and format characters are escaped. Bytes that are no text are in hexadecimal, objects like JSON. */
  readonly text: string;
  /** Whether the message has more than `text` shows. */
  readonly cut?: true;
}

/** UTF-16 units of a message, before its control characters are escaped. */
const UNITS = 1000;
/** Bytes that are shown in hexadecimal. */
const HEX_BYTES = 256;
const DEPTH = 6;
/** Values that an object may show. */
const VALUES = 200;

/** Never throws: getters of a foreign object may. */
export function excerptOf(message: unknown): Excerpt {
  if (typeof message === 'string') return ofText(message);
  if (message instanceof Uint8Array) return ofBytes(message);
  const writer = new Writer();
  writer.write(message, DEPTH);
  return { kind: 'value', text: escaped(writer.text), ...(writer.isCut && { cut: true }) };
}

function ofText(message: string): Excerpt {
  const size = Buffer.byteLength(message);
  const cut = message.length > UNITS;
  return { kind: 'text', size, text: escaped(cut ? begin(message) : message), ...(cut && { cut: true }) };
}

function ofBytes(message: Uint8Array): Excerpt {
  const size = message.byteLength;
  const text = textIn(message.subarray(0, UNITS));
  const kind = text === undefined ? 'bytes' : 'text';
  const cut = size > (text === undefined ? HEX_BYTES : UNITS);
  return { kind, size, text: text === undefined ? hex(message) : escaped(text), ...(cut && { cut: true }) };
}

/** Not the first half of a surrogate pair. */
function begin(text: string): string {
  const start = text.slice(0, UNITS);
  return /[\uD800-\uDBFF]$/.test(start) ? start.slice(0, -1) : start;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, HEX_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

/** Undefined for bytes that are no UTF-8, or have control characters that no text has. The last character may be cut. */
function textIn(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they tell bytes from text
    return /[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Writes a value like JSON until there is no room for more. */
class Writer {
  text = '';
  isCut = false;
  #values = VALUES;

  write(value: unknown, depth: number): void {
    if (this.#isFull()) return;
    this.#values--;
    if (typeof value === 'string') this.#add(JSON.stringify(this.#clipped(value)));
    else if (value instanceof Uint8Array) this.#bytes(value);
    else if (typeof value === 'object' && value !== null) this.#object(value, depth);
    else this.#add(typeof value === 'function' ? '<function>' : String(value));
  }

  #isFull(): boolean {
    if (this.#values > 0 && this.text.length < UNITS) return false;
    this.isCut = true;
    return true;
  }

  #add(text: string): void {
    this.text += text;
  }

  #clipped(text: string): string {
    if (text.length <= UNITS) return text;
    this.isCut = true;
    return begin(text);
  }

  #bytes(bytes: Uint8Array): void {
    const { kind, text, cut } = ofBytes(bytes);
    if (cut) this.isCut = true;
    this.#add(kind === 'text' ? JSON.stringify(text) : `<${text}>`);
  }

  #object(value: object, depth: number): void {
    if (depth === 0) {
      this.isCut = true;
      return this.#add('…');
    }
    try {
      if (Array.isArray(value) || value instanceof Set) this.#list(value, depth);
      else if (value instanceof Map) this.#fields(value, depth);
      else if (value instanceof Error) this.#add(JSON.stringify(this.#clipped(value.message)));
      else this.#fields(membersOf(value), depth);
    } catch {
      this.#add('<threw>');
    }
  }

  #list(values: Iterable<unknown>, depth: number): void {
    let gap = '[';
    for (const value of values) {
      if (this.#isFull()) break;
      this.#add(gap);
      this.write(value, depth - 1);
      gap = ',';
    }
    this.#add(gap === '[' ? '[]' : ']');
  }

  #fields(entries: Iterable<readonly [unknown, unknown]>, depth: number): void {
    let gap = '{';
    for (const [key, value] of entries) {
      if (this.#isFull()) break;
      this.#add(`${gap}${JSON.stringify(this.#clipped(String(key)))}:`);
      this.write(value, depth - 1);
      gap = ',';
    }
    this.#add(gap === '{' ? '{}' : '}');
  }
}

/** One at a time: an object may have a million. */
function* membersOf(value: object): Iterable<readonly [string, unknown]> {
  for (const key in value) if (Object.hasOwn(value, key)) yield [key, Reflect.get(value, key)];
}
