import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { raw } from '../../src/protocols/raw.ts';
import { dialogueOf } from '../../src/testing/dialogue.ts';
import {
  anyCuts,
  bytes,
  decode,
  everyCut,
  expectBadMessage,
  expectRefused,
  ping,
  pong,
  singleBytes,
} from './decoding.ts';

/** Frames with neighbouring runs joined: where a chunk ended means nothing. */
function runs(frames: readonly unknown[]): unknown[] {
  const joined: unknown[] = [];
  for (const frame of frames) {
    const text = frame instanceof Uint8Array ? Buffer.from(frame).toString('latin1') : frame;
    if (typeof text === 'string' && typeof joined.at(-1) === 'string') joined.push(`${joined.pop()}${text}`);
    else joined.push(text);
  }
  return joined;
}

/** The frames of a stream, found by a regular expression over the whole stream. */
function meaning(stream: string, heartbeats: Record<string, unknown> = { ping, pong }): unknown[] {
  const tokens = new RegExp(`(${Object.keys(heartbeats).join('|')})`);
  return stream
    .split(tokens)
    .filter((part) => part !== '')
    .map((part) => heartbeats[part] ?? part);
}

const decoded = (chunks: Iterable<Uint8Array>, protocol = raw()) => runs(decode(protocol, chunks).frames);
const text = (...letters: readonly string[]) =>
  fc.array(fc.constantFrom(...letters), { maxLength: 40 }).map((parts) => parts.join(''));

describe('raw', () => {
  test('every token is found and no byte is lost, for any cut of the stream', () => {
    fc.assert(
      fc.property(
        text('p', 'i', 'o', 'n', 'g', ' ', 'pi', 'pin', 'ping', 'pong'),
        anyCuts,
        (stream, cuts) => {
          // The end tells a token's start at the end of the stream from a token that goes on.
          expect(decoded(cuts(bytes(stream, '.')))).toEqual(meaning(`${stream}.`));
        },
      ),
    );
  });

  test('tokens that overlap themselves are found', () => {
    const protocol = raw({ ping: 'aab', pong: 'aaca' });
    fc.assert(
      fc.property(text('a', 'b', 'c', 'aa', 'aab'), anyCuts, (stream, cuts) => {
        const expected = meaning(`${stream}.`, { aab: ping, aaca: pong });
        expect(decoded(cuts(bytes(stream, '.')), protocol)).toEqual(expected);
      }),
    );
  });

  test('encoded messages with heartbeats between them are decoded', () => {
    const protocol = raw();
    const sent = fc.oneof(
      fc
        .uint8Array({ minLength: 1 })
        .filter((data) => !/ping|pong/.test(Buffer.from(data).toString('latin1'))),
      fc.constantFrom(ping, pong),
    );
    fc.assert(
      fc.property(fc.array(sent), anyCuts, (frames, cuts) => {
        const wire = frames.map((frame) => {
          if (frame instanceof Uint8Array) return protocol.encode(frame);
          return frame === ping ? dialogueOf(protocol).ping?.(0) : dialogueOf(protocol).pong?.(ping);
        });
        const stream = bytes(...wire.map((part) => part ?? ''), '.');
        expect(decoded(cuts(stream))).toEqual(runs([...frames, bytes('.')]));
      }),
    );
  });

  test.each(everyCut(bytes('xpingpongpipinypong')).map((chunks) => ({ chunks })))(
    'every token is found, cut %#',
    ({ chunks }) => {
      expect(decoded(chunks)).toEqual(['x', ping, pong, 'pipiny', pong]);
    },
  );

  test('a run is delivered at once unless its end may begin a token', () => {
    expect(decode(raw(), [bytes('hello')])).toMatchObject({ frames: [bytes('hello')], midFrame: false });
    expect(decode(raw(), [bytes('help')])).toMatchObject({ frames: [bytes('hel')], midFrame: true });
    expect(decode(raw(), [bytes('help'), bytes('!')])).toMatchObject({
      frames: [bytes('hel'), bytes('p!')],
      midFrame: false,
    });
  });

  test('messages are plain Uint8Arrays with buffers of their own', () => {
    const [message] = decode(raw(), [bytes('hello')]).frames;
    expect(message).toBeInstanceOf(Uint8Array);
    expect(message).not.toBeInstanceOf(Buffer);
  });

  test('bytes that nearly form a token are delivered in order', () => {
    expect(decoded(singleBytes(bytes('pppinpinpong')))).toEqual(['pppinpin', pong]);
  });

  test('tokens may be any bytes', () => {
    const protocol = raw({ ping: Uint8Array.of(0, 255), pong: 'ok' });
    expect(decode(protocol, [Uint8Array.of(0), Uint8Array.of(255, 1)]).frames).toEqual([
      ping,
      Uint8Array.of(1),
    ]);
    expect(dialogueOf(protocol).ping?.(0)).toEqual(Uint8Array.of(0, 255));
    expect(dialogueOf(protocol).pong?.(ping)).toEqual(bytes('ok'));
  });

  test('the array of a token option is copied', () => {
    const token = bytes('beat');
    const protocol = raw({ ping: token });
    token.fill(0);
    expect(decode(protocol, [bytes('beat')]).frames).toEqual([ping]);
  });

  test('the dialling side probes and the accepting side listens', () => {
    expect(raw().modes).toEqual({ dial: 'probe', accept: 'listen' });
  });

  test('text is encoded as UTF-8', () => {
    expect(raw().encode('é')).toEqual(Uint8Array.of(0xc3, 0xa9));
  });

  test.each(['', new Uint8Array(0), 'ping', 'a pong b', bytes('xping'), 7, null, undefined, {}])(
    'encode(%o) throws bad-message',
    (message) => expectBadMessage(raw(), message),
  );

  test('tokens that contain each other are refused', () => {
    expectRefused(() => raw({ ping: 'x', pong: 'x' }), 'raw.pong');
    expectRefused(() => raw({ ping: 'ab', pong: 'cabs' }), 'raw.pong');
    expectRefused(() => raw({ ping: 'cabs', pong: 'ab' }), 'raw.pong');
  });

  test('empty tokens and tokens of other types are refused', () => {
    expectRefused(() => raw({ ping: '', pong: new Uint8Array(0) }), 'raw.ping', 'raw.pong');
    expectRefused(() => raw({ ping: 5 as never }), 'raw.ping');
  });
});
