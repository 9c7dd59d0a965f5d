/** The acknowledgements that events of this side ask for, in one incarnation. */
import type { SocketIoAck } from './messages.ts';

/** Events of which the acknowledgement is awaited; of more the oldest is forgotten. */
const MOST = 65_536;

export class Awaited {
  /** Keys of the users, by the number of the message, which is the id on the wire. */
  readonly #keys = new Map<number, string | number>();

  add(number: number, key: string | number): void {
    this.#keys.set(number, key);
    if (this.#keys.size > MOST) this.#keys.delete(this.#keys.keys().next().value as number);
  }

  /** `undefined` for an acknowledgement that was not asked for. */
  answered(number: number, args: readonly unknown[]): Acknowledgement | undefined {
    const key = this.#keys.get(number);
    this.#keys.delete(number);
    return key === undefined ? undefined : new Acknowledgement(key, args, number);
  }
}

class Acknowledgement implements SocketIoAck {
  readonly ack: string | number;
  readonly args: readonly unknown[];
  readonly #number: number;

  constructor(ack: string | number, args: readonly unknown[], number: number) {
    this.ack = ack;
    this.args = args;
    this.#number = number;
  }

  static numberOf(frame: unknown): number | undefined {
    return typeof frame === 'object' && frame !== null && #number in frame ? frame.#number : undefined;
  }
}

/** The number of the message that a frame acknowledges. */
export const numberOf = Acknowledgement.numberOf;
