/** Bytes of frames as views of the chunk: for sinks alone that copy them. */
import { expect, test } from 'vitest';
import { framed } from '../../src/protocols/framed.ts';
import { websocket } from '../../src/protocols/websocket.ts';
import { websocketText } from '../../src/protocols/websocket-text.ts';
import { dialogueOf } from '../../src/testing/dialogue.ts';

const text = { ping: 'ping', pong: 'pong' };
const payload = Uint8Array.from([1, 2, 3]);

/** The read buffer of a transport, of which the chunk is a part. */
function chunkOf(bytes: Uint8Array): Uint8Array {
  const read = new Uint8Array(bytes.length + 10);
  read.set(bytes, 5);
  return read.subarray(5, 5 + bytes.length);
}

test.each([
  ['framed', framed(), framed().encode(payload)],
  ['websocket', websocket(), payload],
  ['websocketText', websocketText(text), payload],
] as const)('%s lends bytes to a sink that copies them, and to no other', (_name, protocol, wire) => {
  const chunk = chunkOf(wire as Uint8Array);
  const frames: Uint8Array[] = [];
  const frame = (each: unknown) => void frames.push(each as Uint8Array);

  dialogueOf(protocol as ReturnType<typeof websocket>).decoder.push(chunk, { frame });
  dialogueOf(protocol as ReturnType<typeof websocket>).decoder.push(chunk, { frame, copies: true });

  expect(frames).toEqual([payload, payload]);
  expect(frames.map(({ buffer }) => buffer === chunk.buffer)).toEqual([false, true]);
});
