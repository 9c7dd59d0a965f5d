/** PUBLISH packets of QoS 1 and 2 on their way: never more than the server takes at a time. */
import type { Pending } from './session.ts';

const nothing = new Uint8Array(0);
const dupFlag = 0x08;

export class Flight {
  readonly #write: (bytes: Uint8Array) => void;
  /** Whether packets are kept until they are acknowledged, for a session that outlives the connection. */
  readonly #keeps: boolean;
  #room = 0;
  #flying = 0;
  #waiting: Pending[] = [];
  #bytesWaiting = 0;

  constructor(keeps: boolean, write: (bytes: Uint8Array) => void) {
    this.#keeps = keeps;
    this.#write = write;
  }

  /** Bytes of the packets that wait. */
  get bytesWaiting(): number {
    return this.#bytesWaiting;
  }

  /** How many may be on their way. */
  set room(packets: number) {
    this.#room = packets;
  }

  /** The bytes to be sent now: none while the server takes no more. They leave when it does. */
  launch(pending: Pending): Uint8Array {
    if (this.#flying < this.#room) return this.#send(pending);
    this.#waiting.push(pending);
    this.#bytesWaiting += pending.bytes?.length ?? 0;
    return nothing;
  }

  /** An earlier incarnation sent a packet of the session, and this one its PUBREL. */
  resume(): void {
    this.#flying++;
  }

  /** A packet was acknowledged for good. */
  landed(): void {
    this.#flying--;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#bytesWaiting -= next.bytes?.length ?? 0;
    this.#write(this.#send(next));
  }

  /** What waits, to be sent in spite of the limit, as there is no time left. */
  rest(): readonly Uint8Array[] {
    return this.#waiting.splice(0).map((pending) => this.#send(pending));
  }

  #send(pending: Pending): Uint8Array {
    const { bytes = nothing } = pending;
    if (pending.sent) bytes[0] = (bytes[0] as number) | dupFlag;
    this.#flying++;
    pending.sent = true;
    if (!this.#keeps) pending.bytes = undefined;
    return bytes;
  }
}
