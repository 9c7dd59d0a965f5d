/** A protocol whose messages include the marks of a transport that passes them. */
import type { Decoder, Dialogue, FrameSink, StatelessProtocol } from '../../ports/protocol.ts';
import { ANEW, isMark } from './marks.ts';

// biome-ignore lint/suspicious/noExplicitAny: bytes or messages of a WebSocket, with marks among them
type AnyStateless = StatelessProtocol<any, any, any>;

/** `protocol` needs a dialogue without state. */
export function marked(protocol: AnyStateless): AnyStateless {
  const encode = (message: unknown) => (isMark(message) ? message : protocol.encode(message));
  return {
    ...protocol,
    encode,
    open: (about, connection) => {
      const dialogue = protocol.open(about, connection);
      return { ...dialogue, encode, decoder: markedDecoder(dialogue.decoder), ...endOf(protocol) };
    },
  };
}

/** `ANEW` goes before what an incarnation receives first. */
function markedDecoder(decoder: Decoder<unknown, unknown>): Decoder<unknown, unknown> {
  let isNew = true;
  return {
    midFrame: false,
    push(chunk: unknown, sink: FrameSink<unknown>) {
      if (isNew) sink.frame(ANEW);
      isNew = false;
      if (!isMark(chunk)) return decoder.push(chunk, sink);
      sink.frame(chunk);
      return undefined;
    },
  };
}

/** A stream that has ended in both directions is a clean end, also when the peer never sent a byte. */
function endOf({ carrier }: AnyStateless): Pick<Dialogue, 'ended'> {
  if (carrier === 'messages') return {};
  return { ended: () => ({ reason: 'closed-by-peer' }) };
}
