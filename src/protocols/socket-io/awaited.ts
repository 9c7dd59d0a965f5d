/** The acknowledgements that events of this side ask for, in one incarnation. */
import { AwaitedKeys } from '../awaited-keys.ts';
import type { SocketIoAck } from './messages.ts';

export class Awaited {
  /** By the number of the message, which is the id on the wire. */
  readonly #keys = new AwaitedKeys<number>();

  add(number: number, key: string | number): void {
    this.#keys.add(number, key);
  }

  /** `undefined` for an acknowledgement that was not asked for. */
  answered(number: number, args: readonly unknown[]): Acknowledgement | undefined {
    const key = this.#keys.take(number);
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
