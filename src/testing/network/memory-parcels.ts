/** The segments of the simulated network, and their queue: a linked list, so that an idle socket takes no memory. */

/** A segment without data. `open` and `refused` answer a dial; at the listening side `open` announces a dial. */
export type Signal = 'open' | 'refused' | 'end' | 'reset';

export class Parcel {
  readonly body: Uint8Array | Signal;
  /** The time of its arrival, in the clock's milliseconds. */
  at = 0;
  next: Parcel | undefined;

  constructor(body: Uint8Array | Signal) {
    this.body = body;
  }

  get bytes(): number {
    return typeof this.body === 'string' ? 0 : this.body.byteLength;
  }
}

/** A queue, first in, first out. */
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

/** Bytes of a segment on a slow link. */
const SEGMENT = 1024;

export function segmentsOf(parcel: Parcel): Parcel[] {
  const { body } = parcel;
  if (typeof body === 'string' || body.length <= SEGMENT) return [parcel];
  const count = Math.ceil(body.length / SEGMENT);
  return Array.from(
    { length: count },
    (_, at) => new Parcel(body.subarray(at * SEGMENT, (at + 1) * SEGMENT)),
  );
}
