/** Protocols made of others: the same wire with other messages, or with another member of the dialogue. */
import { badConfig } from '../base/errors.ts';
import { having, objectOf } from '../base/options.ts';
import type { About, Decoder, Dialogue, FrameSink, Protocol } from '../ports/protocol.ts';
import { requireAll } from './options.ts';

/** Translates messages to and from those of a wire. */
export interface Codec<In, Out, WireIn, WireOut> {
  /** The name of the protocol: connections with the same id, URL and name share a handle. */
  readonly name: string;
  /** A message of the user as one of the protocol beneath. Throws for a message that cannot be carried. */
  readonly encode: (message: Out) => WireOut;
  /** The reverse. What it throws ends the incarnation as `protocol-error`, as the input of the peer is at fault. */
  readonly decode: (message: WireIn) => In;
}

/**
 * A wire with typed messages: heartbeats, limits and handshake are those of `protocol`.
 *
 * @example
 * ```ts
 * const json = withMessages(line(), { name: 'json-lines', encode: JSON.stringify, decode: JSON.parse });
 * ```
 */
export function withMessages<In, Out, WireIn, WireOut, Chunk, Info>(
  protocol: Protocol<WireIn, WireOut, Chunk, Info>,
  codec: Codec<In, Out, WireIn, WireOut>,
): Protocol<In, Out, Chunk, Info> {
  const { name, encode, decode } = objectOf('withMessages', codec);
  requireAll('withMessages', codec, [
    ['name', name, typeof name === 'string', 'a text'],
    ['encode', encode, typeof encode === 'function', 'a function'],
    ['decode', decode, typeof decode === 'function', 'a function'],
  ]);
  having('open', 'protocol', protocol);
  const { types: _, encode: eager, measure, ...rest } = protocol;
  return {
    ...rest,
    name,
    identity: `${name} over ${protocol.identity ?? protocol.name}`,
    open: (about) => {
      const beneath = protocol.open(about);
      return Object.assign(bound(beneath) as Dialogue<never, Chunk>, {
        encode: (message: Out) => beneath.encode(encode(message)),
        decoder: new MappingDecoder(beneath, decode as (message: unknown) => unknown),
      });
    },
    ...(eager && { encode: (message: Out) => eager(encode(message)) }),
    ...(measure && { measure: (message: Out) => measure(encode(message)) }),
  };
}

/**
 * The same protocol with other members of its dialogues, such as a handshake. `change` is called for each incarnation; own members
 * of its result, getters included, replace those of the dialogue. A protocol that
 * encodes by itself goes on to do so: other messages are the work of `withMessages`.
 *
 * @example
 * ```ts
 * const greeted = withDialogue(line(), () => ({
 *   handshake: async (io) => {
 *     io.send(`HELLO ${String(io.credentials)}`);
 *     if ((await io.receive()) !== 'WELCOME') throw new Refused({ reason: 'unauthorized' });
 *   },
 * }));
 * ```
 */
export function withDialogue<In, Out, Chunk, Info>(
  protocol: Protocol<In, Out, Chunk, Info>,
  change: (dialogue: Dialogue<Out, Chunk>, about: About) => Partial<Dialogue<Out, Chunk>>,
): Protocol<In, Out, Chunk, Info> {
  having('open', 'protocol', protocol);
  if (typeof change !== 'function')
    throw badConfig('withDialogue', change, 'a function, as the second argument');
  return {
    ...protocol,
    takesCredentials: true,
    // A ping before a handshake of the change may be a mistake to the peer, but for control frames beneath all messages.
    standby: protocol.carrier === 'messages' ? protocol.standby : undefined,
    open: (about) => {
      const beneath = protocol.open(about);
      const changes = Object.getOwnPropertyDescriptors(change(bound(beneath), about));
      return Object.defineProperties(bound(beneath), changes) as Dialogue<Out, Chunk>;
    },
  };
}

/** The members of a dialogue as an object of its own: they may be methods with private state. */
function bound<Out, Chunk>(dialogue: Dialogue<Out, Chunk>): Dialogue<Out, Chunk> {
  const { decoder } = dialogue;
  return {
    decoder,
    encode: (message) => dialogue.encode(message),
    isHeartbeat: (frame) => dialogue.isHeartbeat(frame),
    ...(dialogue.ping && { ping: dialogue.ping.bind(dialogue) }),
    ...(dialogue.pong && { pong: dialogue.pong.bind(dialogue) }),
    ...(dialogue.handshake && { handshake: dialogue.handshake.bind(dialogue) }),
    ...(dialogue.goodbye && { goodbye: dialogue.goodbye.bind(dialogue) }),
    ...(dialogue.ended && { ended: dialogue.ended.bind(dialogue) }),
    ...(dialogue.acknowledges && { acknowledges: dialogue.acknowledges.bind(dialogue) }),
    ...(dialogue.isInternal && { isInternal: dialogue.isInternal.bind(dialogue) }),
    get patience() {
      return dialogue.patience;
    },
    get full() {
      return dialogue.full;
    },
    get awaitsAnswer() {
      return dialogue.awaitsAnswer;
    },
  };
}

class MappingDecoder<Chunk> implements Decoder<unknown, Chunk> {
  readonly #beneath: Dialogue<never, Chunk>;
  readonly #decode: (message: unknown) => unknown;

  constructor(beneath: Dialogue<never, Chunk>, decode: (message: unknown) => unknown) {
    this.#beneath = beneath;
    this.#decode = decode;
  }

  get midFrame(): boolean {
    return this.#beneath.decoder.midFrame;
  }

  push(chunk: Chunk, sink: FrameSink<unknown>) {
    let problem: { readonly error: unknown } | undefined;
    const mapped = {
      frame: (frame: unknown) => {
        if (problem !== undefined) return;
        const kept = this.#beneath.isHeartbeat(frame) !== false || this.#beneath.isInternal?.(frame);
        if (kept) return sink.frame(frame);
        let message: unknown;
        try {
          message = this.#decode(frame);
        } catch (error) {
          problem = { error };
          return;
        }
        sink.frame(message);
      },
    };
    const failure = this.#beneath.decoder.push(chunk, mapped);
    if (problem === undefined) return failure;
    const { error } = problem as { readonly error: unknown };
    return { reason: 'protocol-error', detail: `a message cannot be decoded: ${error}`, error } as const;
  }
}
