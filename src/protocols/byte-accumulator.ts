/**
 * Collects a frame that arrives in pieces. Its memory is proportional to the bytes that arrived, never to the
 * length that a peer announced, and any number of pieces is copied in linear time.
 */

/** The store is at most this many times the bytes that arrived; growing it copies at most 4/3 of the frame again. */
const growth = 4;

const noBytes = /* @__PURE__ */ new Uint8Array(0);

export class ByteAccumulator {
  readonly #limit: number;
  #store: Uint8Array = noBytes;
  #length = 0;

  /** `limit` in bytes bounds the store; the caller must not append beyond it. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#length;
  }

  /** Copies `bytes`: the caller may reuse them afterwards. */
  append(bytes: Uint8Array): void {
    this.#reserve(this.#length + bytes.length);
    this.#store.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** The collected bytes, a view of the store. At `limit` bytes, the view covers its whole buffer. */
  bytes(): Uint8Array {
    return this.#store.subarray(0, this.#length);
  }

  #reserve(size: number): void {
    if (size <= this.#store.length) return;
    const larger = new Uint8Array(Math.max(size, Math.min(this.#limit, this.#store.length * growth)));
    larger.set(this.bytes());
    this.#store = larger;
  }
}
