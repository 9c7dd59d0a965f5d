/** Messages from an iframe, a `vm` context or jsdom, whose classes are not those of this realm. */
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { slice } from '../../src/messages/slices.ts';
import { type Outgoing, Writer } from '../../src/messages/writer.ts';
import { framed } from '../../src/protocols/framed.ts';
import { raw } from '../../src/protocols/raw.ts';
import { websocket } from '../../src/protocols/websocket.ts';
import { websocketText } from '../../src/protocols/websocket-text.ts';

const protocols = {
  framed: framed(),
  raw: raw(),
  websocket: websocket(),
  websocketText: websocketText({ ping: 'p', pong: 'q' }),
};

test.each(
  Object.entries(protocols).flatMap(([name, protocol]) =>
    [
      'new Uint8Array([1, 2])',
      'new DataView(new Uint8Array([1, 2]).buffer)',
      'new Uint8Array([1, 2]).buffer',
    ].map((script) => [name, script, protocol] as const),
  ),
)('other realm: %s sends %s as bytes', (_name, script, protocol) => {
  const encode = protocol.encode as (message: unknown) => unknown;
  expect(encode(runInNewContext(script))).toEqual(encode(Uint8Array.of(1, 2)));
});

test('other realm: a long array that a protocol of the user encodes is written in slices', () => {
  const written: number[] = [];
  const message: Outgoing = {
    chunk: runInNewContext('new Uint8Array(100_000)'),
    bytes: 100_000,
    silence: 0,
    resolve() {},
    reject() {},
  };
  const messages = [message];
  const writer = new Writer(
    {
      write: (chunk) => void written.push((chunk as Uint8Array).length),
      end() {},
      destroy() {},
      pause() {},
      resume() {},
    },
    {
      flowing: true,
      nextMessage: () => messages.shift(),
      receipt: {} as never,
      departed() {},
      handedOver() {},
    },
    slice,
  );
  writer.pump(0);
  expect(written).toEqual([65_536, 100_000 - 65_536]);
  expect(writer.inFlight).toBe(100_000);
});
