/** Cuts a stream of lent chunks into parts of a known length, or up to a delimiter; keeps what is not complete. */

import { strictDecoder } from '../base/text-coding.ts';
import { ByteAccumulator } from './byte-accumulator.ts';

const noBytes = /* @__PURE__ */ new Uint8Array(0);

export class Intake {
  #chunk: Uint8Array = noBytes;
  #at = 0;
  #kept: ByteAccumulator | undefined;

  /** Begins with the next chunk, once the parts of the one before were taken. */
  feed(chunk: Uint8Array): void {
    // Views of a Buffer are slow to make, and its `slice` does not copy.
    this.#chunk = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    this.#at = 0;
  }

  /** Whether bytes of a part wait for its rest. */
  get isWaiting(): boolean {
    return this.#kept !== undefined;
  }

  get isEmpty(): boolean {
    return this.#at === this.#chunk.length;
  }

  /** The next `length` bytes, which belong to the caller; `undefined` until all have arrived. */
  take(length: number): Uint8Array | undefined {
    const end = this.#at + length - (this.#kept?.length ?? 0);
    if (end > this.#chunk.length) return this.#keep(length);
    if (this.#kept !== undefined) return this.#cut(end);
    const part = this.#chunk.slice(this.#at, end);
    this.#at = end;
    return part;
  }

  /** The bytes before the next `delimiter`, valid until the next call; `undefined` until it has arrived. `over`: more than `limit`. */
  until(delimiter: number, limit: number): Uint8Array | undefined | 'over' {
    const end = this.#chunk.indexOf(delimiter, this.#at);
    const arrived = (end === -1 ? this.#chunk.length : end) - this.#at;
    if (arrived + (this.#kept?.length ?? 0) > limit) return 'over';
    if (end === -1) return this.#keep(limit);
    const part = this.#cut(end);
    this.#at++;
    return part;
  }

  #keep(limit: number): undefined {
    if (this.isEmpty) return;
    this.#kept ??= new ByteAccumulator(limit);
    this.#kept.append(this.#chunk.subarray(this.#at));
    this.#at = this.#chunk.length;
  }

  #cut(end: number): Uint8Array {
    const part = this.#chunk.subarray(this.#at, end);
    this.#at = end;
    if (this.#kept === undefined) return part;
    this.#kept.append(part);
    const all = this.#kept.bytes();
    this.#kept = undefined;
    return all;
  }
}

/** Longer texts, and those beyond ASCII, are for the platform's decoder, which takes longer to call than to run. */
const shortText = 80;

/** `undefined` for bytes that are not UTF-8. */
export function textIn(bytes: Uint8Array): string | undefined {
  if (bytes.length <= shortText) {
    let text = '';
    let at = 0;
    for (; at < bytes.length; at++) {
      const code = bytes[at] as number;
      if (code >= 0x80) break;
      text += String.fromCharCode(code);
    }
    if (at === bytes.length) return text;
  }
  try {
    return strictDecoder().decode(bytes);
  } catch {
    return undefined;
  }
}
