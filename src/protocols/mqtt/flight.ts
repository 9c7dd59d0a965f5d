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
  /** Packets of the session and of `setup` that find no room: unlike messages they have no outbox. */
  readonly #waiting: Pending[] = [];

  constructor(keeps: boolean, write: (bytes: Uint8Array) => void) {
    this.#keeps = keeps;
    this.#write = write;
  }

  /** How many may be on their way. */
  set room(packets: number) {
    this.#room = packets;
  }

  /** The server takes no more now. True as long as packets wait here. */
  get full(): boolean {
    return this.#flying >= this.#room;
  }

  /** The bytes to be sent now: none while the server takes no more. They leave when it does. */
  launch(pending: Pending): Uint8Array {
    if (!this.full) return this.#send(pending);
    this.#waiting.push(pending);
    return nothing;
  }

  /** An earlier incarnation sent a packet of the session, and this one its PUBREL. */
  resume(): void {
    this.#flying++;
  }

  /** A packet was acknowledged for good. */
  landed(): void {
    this.#flying--;
    const next = this.full ? undefined : this.#waiting.shift();
    if (next !== undefined) this.#write(this.#send(next));
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
