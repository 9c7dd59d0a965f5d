/** The protocol beneath a session: messages of bytes, behind a header of constant length. */
import { bytesOf } from '../base/bytes.ts';
import { badConfig, HoldfastError } from '../base/errors.ts';
import { having } from '../base/options.ts';
import type { StatelessProtocol } from '../ports/protocol.ts';
import { messageFrame } from './wire.ts';

// biome-ignore lint/suspicious/noExplicitAny: the chunks of any carrier
export type Beneath = StatelessProtocol<any, any, any>;

const carriers = ['framed', 'websocket', 'websocket-text'];

export class Framing {
  readonly beneath: Beneath;
  readonly #header: number;

  /** Throws `ConfigError` for a protocol that carries no messages of bytes. */
  constructor(protocol: unknown) {
    const beneath = having<Beneath>('open', 'session.protocol', protocol);
    if (!carriers.includes(beneath.name) || typeof beneath.encode !== 'function')
      throw badConfig('session.protocol', beneath.name, `a protocol of messages: ${carriers.join(', ')}`);
    this.beneath = beneath;
    this.#header = (beneath.encode(new Uint8Array(1)) as Uint8Array).length - 1;
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
    return this.carried(messageFrame(data));
  }

  /** Bytes of the payload, without the byte of its type. */
  payloadOf(chunk: unknown): number {
    return (chunk as Uint8Array).byteLength - this.#header - 1;
  }

  /** The frame of the session in a chunk. */
  frameOf(chunk: unknown): Uint8Array {
    return (chunk as Uint8Array).subarray(this.#header);
  }
}
