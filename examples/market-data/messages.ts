/** The messages of the market-data service and its clients: JSON, one object per WebSocket message. */
import { type Decoder, type FrameSink, type Protocol, websocketText } from 'holdfast';

export interface Quote {
  readonly symbol: string;
  readonly bid: number;
  readonly ask: number;
}

export type FromServer =
  | { readonly op: 'quote'; readonly quote: Quote }
  | { readonly op: 'unknown'; readonly symbol: string };

export interface ToServer {
  readonly op: 'subscribe' | 'unsubscribe';
  readonly symbol: string;
}

// `websocketText` has no handshake; its type is removed, as it is that of text messages.
const { handshake: _, ...text } = websocketText({ ping: '{"op":"ping"}', pong: '{"op":"pong"}' });
type Chunk = ReturnType<typeof text.encode>;

/** A protocol of typed JSON messages, with the heartbeats and limits of `websocketText`. */
export const marketData: Protocol<FromServer, ToServer, Chunk> = {
  ...text,
  name: 'market-data',
  encode: (message) => text.encode(JSON.stringify(message)),
  decoder: () => new JsonDecoder(text.decoder()),
};

class JsonDecoder implements Decoder<unknown, Chunk> {
  readonly midFrame = false;
  readonly #texts: Decoder<unknown, Chunk>;

  constructor(texts: Decoder<unknown, Chunk>) {
    this.#texts = texts;
  }

  push(chunk: Chunk, sink: FrameSink<unknown>) {
    try {
      return this.#texts.push(chunk, { frame: (frame) => sink.frame(parsed(frame)) });
    } catch (error) {
      return { reason: 'protocol-error', detail: String(error) } as const;
    }
  }
}

/** Parses text frames; heartbeats are frames too, and pass as they are. */
function parsed(frame: unknown): unknown {
  return typeof frame === 'string' ? JSON.parse(frame) : frame;
}
