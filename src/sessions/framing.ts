/** The protocol beneath a session: messages of bytes, behind a header of constant length. */
import { bytesOf } from '../base/bytes.ts';
import { badConfig, HoldfastError } from '../base/errors.ts';
import { having } from '../base/options.ts';
import type { StatelessProtocol } from '../ports/protocol.ts';
import { frameRoom, type Room } from './slab.ts';
import { messageFrame, types } from './wire.ts';

// biome-ignore lint/suspicious/noExplicitAny: the chunks of any carrier
export type Beneath = StatelessProtocol<any, any, any>;

const carriers = ['framed', 'websocket', 'websocket-text'];
const nothing = new Uint8Array(0);

/** `encode` of a carrier that joins a byte and the message behind it; carriers without a header of bytes ignore all but the message. */
type Joining = (message: unknown, lead?: number, room?: Room) => Uint8Array;

export class Framing {
  readonly beneath: Beneath;
  readonly #header: number;
  readonly #joins: boolean;

  /** Throws `ConfigError` for a protocol that carries no messages of bytes. */
  constructor(protocol: unknown) {
    const beneath = having<Beneath>('open', 'session.protocol', protocol);
    if (!carriers.includes(beneath.name) || typeof beneath.encode !== 'function')
      throw badConfig('session.protocol', beneath.name, `a protocol of messages: ${carriers.join(', ')}`);
    this.beneath = beneath;
    const encode = beneath.encode as Joining;
    this.#header = encode(nothing).length;
    this.#joins = encode(nothing, types.bytes).length > this.#header;
  }

  /** A frame of the session, as the protocol beneath carries it. */
  carried(frame: Uint8Array): Uint8Array {
    return this.beneath.encode(frame) as Uint8Array;
  }

  /** The chunk of a message of the user. Throws `HoldfastError("bad-message")`. */
  encode(message: unknown): Uint8Array {
    const data = typeof message === 'string' ? message : bytesOf(message);
    if (data === undefined)
      throw new HoldfastError(
        'bad-message',
        'session cannot carry this message: it is neither text nor bytes',
      );
    if (!this.#joins) return this.carried(messageFrame(data, frameRoom));
    const type = typeof data === 'string' ? types.text : types.bytes;
    return (this.beneath.encode as Joining)(data, type, frameRoom);
  }

  /** The same; undefined for what cannot be sent. */
  encodeIfValid(message: unknown): Uint8Array | undefined {
    try {
      return this.encode(message);
    } catch {
      return undefined;
    }
  }

  /** Bytes of the payload in a chunk of so many bytes, without the byte of its type. */
  payloadIn(bytes: number): number {
    return bytes - this.#header - 1;
  }

  /** The frame of the session in a chunk. */
  frameOf(chunk: unknown): Uint8Array {
    return this.#header === 0 ? (chunk as Uint8Array) : (chunk as Uint8Array).subarray(this.#header);
  }
}
