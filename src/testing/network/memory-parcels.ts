/** What travels through the simulated network, and the queue it waits in: linked, so an idle socket pays nothing. */

/** What a segment says without data. `open` and `refused` answer a dial; to the listening side, `open` is one. */
export type Signal = 'open' | 'refused' | 'end' | 'reset';

export class Parcel {
  readonly body: Uint8Array | Signal;
  /** When it arrives. */
  at = 0;
  next: Parcel | undefined;

  constructor(body: Uint8Array | Signal) {
    this.body = body;
  }

  get bytes(): number {
    return typeof this.body === 'string' ? 0 : this.body.byteLength;
  }
}

/** First in, first out. */
export class Parcels {
  head: Parcel | undefined;
  tail: Parcel | undefined;

  push(parcel: Parcel): void {
    if (this.tail === undefined) this.head = parcel;
    else this.tail.next = parcel;
    this.tail = parcel;
  }

  shift(): Parcel | undefined {
    const first = this.head;
    if (first === undefined) return undefined;
    this.head = first.next;
    if (this.head === undefined) this.tail = undefined;
    first.next = undefined;
    return first;
  }

  get bytes(): number {
    let sum = 0;
    for (let parcel = this.head; parcel !== undefined; parcel = parcel.next) sum += parcel.bytes;
    return sum;
  }
}
