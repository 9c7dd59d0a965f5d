/** A transparent stream of bytes: no frames, no tokens, no heartbeats. */
import { bytesOf } from '../base/bytes.ts';
import { encoder } from '../base/text-coding.ts';
import type { Dialogue, FrameSink, StatelessProtocol } from '../ports/protocol.ts';
import { badMessage, neitherTextNorBytes } from './refusals.ts';

/**
 * Bytes as they come. Life is proved by the first byte of the peer alone; dead peers are found by failed writes, `deadlines.write`
 * and, where the peer speaks unasked, by `heartbeat.mode: "listen"`.
 *
 * @remarks
 * A message is one chunk, as the stream delivered it: where chunks begin and end means nothing. Strings go out as UTF-8 and
 * arrive as bytes; empty messages are refused. An end of the stream is a clean end at any byte.
 */
export function bytes(): StatelessProtocol<Uint8Array, Uint8Array | string> {
  return {
    name: 'bytes',
    modes: { dial: null, accept: null },
    takesCredentials: false,
    open: () => dialogue,
    encode,
  };
}

/** All connections share it, as it has no state. */
const dialogue: Dialogue = {
  decoder: {
    midFrame: false,
    push(chunk: Uint8Array, sink: FrameSink<unknown>) {
      sink.frame(new Uint8Array(chunk));
      return undefined;
    },
  },
  encode,
  isHeartbeat: () => false,
};

function encode(message: unknown): Uint8Array {
  const bytes = typeof message === 'string' ? encoder().encode(message) : bytesOf(message);
  if (bytes === undefined) throw badMessage('bytes', neitherTextNorBytes(message));
  if (bytes.length === 0) throw badMessage('bytes', 'it is empty');
  return bytes;
}
