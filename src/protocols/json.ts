/** Messages that are JSON texts, for `withMessages`. */
import { checked, type Kinds } from '../base/options.ts';
import { strictDecoder } from '../base/text-coding.ts';
import { isTooDeep } from './json-text.ts';
import type { Codec } from './over.ts';
import { badMessage } from './refusals.ts';

export interface JsonOptions<In> {
  /** The name of the protocol: connections with the same id, URL and name share a handle. Default `json`. */
  readonly name?: string;
  /**
   * Makes a message of what the peer sent, or throws, which ends the incarnation as `protocol-error`: the place for a schema.
   * Default: the peer is trusted to send what `In` says.
   */
  readonly read?: (value: unknown) => In;
}

/**
 * A codec for typed JSON over a protocol of texts. A text that is no JSON, or nests deeper than 1000 levels, ends the
 * incarnation as `protocol-error`; a value that JSON cannot express is `bad-message`. Bytes of the peer are read as UTF-8.
 *
 * @example
 * ```ts
 * withMessages(websocketText({ ping: '{"op":"ping"}', pong: '{"op":"pong"}' }), json<FromServer, ToServer>());
 * ```
 */
export function json<In, Out = In>(
  options: JsonOptions<In> = {},
): Codec<In, Out, string | Uint8Array, string> {
  const { name = 'json', read = trust } = checked('json', options, kinds);
  return {
    name,
    encode: (message) => textOf(name, message),
    decode: (wire) => {
      const text = typeof wire === 'string' ? wire : strictDecoder().decode(wire);
      if (isTooDeep(text)) throw new Error('it nests deeper than 1000 levels');
      return read(JSON.parse(text));
    },
  };
}

const kinds: Kinds<JsonOptions<unknown>> = { name: 'a string', read: 'a function' };

// biome-ignore lint/suspicious/noExplicitAny: without a reader the types of the peer are taken on trust
const trust = (value: any) => value;

/** Throws `HoldfastError("bad-message")`. */
function textOf(name: string, message: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(message);
  } catch (error) {
    throw badMessage(name, String(error));
  }
  if (text === undefined) throw badMessage(name, 'JSON cannot express it');
  return text;
}
