/** Checked by the compiler: the type of a message follows from the protocol. */
import { expectTypeOf, test } from 'vitest';
import type { Connection } from '../src/actors/handle.ts';
import type { Receipt } from '../src/actors/outbox.ts';
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
  expectTypeOf<Parameters<Texts['send']>>().toEqualTypeOf<[message: string]>();
  expectTypeOf<ReturnType<Texts['send']>>().resolves.toEqualTypeOf<Receipt>();
});
