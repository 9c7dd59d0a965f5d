/** Checked by the compiler: the type of a message follows from the protocol. */
import { expectTypeOf, test } from 'vitest';
import type { Connection } from '../src/actors/handle.ts';
import type { Confirmation, Receipt } from '../src/actors/receipts.ts';
import type { SendOptions } from '../src/actors/submit.ts';
import type { Supervisor } from '../src/actors/supervisor.ts';
import { framed } from '../src/protocols/framed.ts';
import { line } from '../src/protocols/line.ts';
import { websocket } from '../src/protocols/websocket.ts';

declare const supervisor: Supervisor;

test('of a handle', () => {
  const texts = () => supervisor.connect({ url: 'tcp://h:1', protocol: line() });
  expectTypeOf<ReturnType<typeof texts>>().toEqualTypeOf<Connection<string, string>>();
  const bytes = () => supervisor.connect({ url: 'tcp://h:1', protocol: framed() });
  expectTypeOf<ReturnType<typeof bytes>>().toEqualTypeOf<Connection<Uint8Array, Uint8Array | string>>();
});

test('of a callback', () => {
  const spec = () =>
    supervisor.connect({
      url: 'ws://h',
      protocol: websocket(),
      onMessage: (message) => expectTypeOf(message).toEqualTypeOf<string | Uint8Array>(),
    });
  expectTypeOf(spec).returns.toHaveProperty('closed');
});

test('of what is sent, and of its receipt', () => {
  type Texts = Connection<string>;
  expectTypeOf<Parameters<Texts['send']>>().toEqualTypeOf<
    [message: string, options?: SendOptions | undefined]
  >();
  expectTypeOf<ReturnType<Texts['send']>>().resolves.toEqualTypeOf<Receipt>();
  expectTypeOf<Receipt['confirmed']>().toEqualTypeOf<Promise<Confirmation>>();
});

test('of what a loop reads', () => {
  type Bytes = Connection<Uint8Array, string>;
  const loop = async (connection: Bytes) => {
    for await (const message of connection) expectTypeOf(message).toEqualTypeOf<Uint8Array>();
  };
  expectTypeOf(loop).parameters.toEqualTypeOf<[Bytes]>();
  expectTypeOf<ReturnType<Bytes['messages']>>().toEqualTypeOf<AsyncIterable<Uint8Array>>();
});
