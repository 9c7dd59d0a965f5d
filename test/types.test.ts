/** Checked by the compiler: the type of a message follows from the protocol, and specs are what they must be. */
import { describe, expectTypeOf, test } from 'vitest';
import type { Connection } from '../src/actors/supervisor/handle.ts';
import type { ListeningSupervisor } from '../src/actors/supervisor/listening-supervisor.ts';
import type { ConnectSpec, ListenSpec, SupervisorOptions } from '../src/actors/supervisor/options.ts';
import type { PolicyConfig } from '../src/config/policy.ts';
import type { Confirmation, Receipt } from '../src/messages/receipts.ts';
import type { SendOptions } from '../src/messages/send.ts';
import type { ExitReason } from '../src/policy/exits.ts';
import type { Protocol } from '../src/ports/protocol.ts';
import type { Transport } from '../src/ports/transport.ts';
import { framed } from '../src/protocols/framed.ts';
import { line } from '../src/protocols/line.ts';
import type { SocketIoIn, SocketIoOut } from '../src/protocols/socket-io/messages.ts';
import { type SocketIoAgreed, socketIo } from '../src/protocols/socket-io/socket-io.ts';
import { websocket } from '../src/protocols/websocket.ts';
import { websocketText } from '../src/protocols/websocket-text.ts';
import type { WebSocketClassOptions } from '../src/sdk/web-socket-class.ts';
import { virtualClock } from '../src/testing/clock.ts';
import { memoryNetwork } from '../src/testing/network/memory.ts';

declare const supervisor: ListeningSupervisor;

test('message types: a Connection', () => {
  const texts = () => supervisor.connect({ url: 'tcp://h:1', protocol: line() });
  expectTypeOf<ReturnType<typeof texts>>().toEqualTypeOf<Connection<string, string>>();
  const bytes = () => supervisor.connect({ url: 'tcp://h:1', protocol: framed() });
  expectTypeOf<ReturnType<typeof bytes>>().toEqualTypeOf<Connection<Uint8Array, Uint8Array | string>>();
});

test('message types: a Connection of a protocol with a handshake has what was agreed to', () => {
  const sockets = () => supervisor.connect({ url: 'ws+socketio://h', protocol: socketIo() });
  type Sockets = Connection<SocketIoIn, SocketIoOut, SocketIoAgreed>;
  expectTypeOf<ReturnType<typeof sockets>>().toEqualTypeOf<Sockets>();
  expectTypeOf<Sockets['agreed']>().toEqualTypeOf<SocketIoAgreed | undefined>();
});

test('message types: onMessage', () => {
  const spec = () =>
    supervisor.connect({
      url: 'ws://h',
      protocol: websocket(),
      onMessage: (message) => expectTypeOf(message).toEqualTypeOf<string | Uint8Array>(),
    });
  expectTypeOf(spec).returns.toHaveProperty('closed');
});

test('message types: send and its receipt', () => {
  type Texts = Connection<string>;
  expectTypeOf<Parameters<Texts['send']>>().toEqualTypeOf<
    [message: string, options?: SendOptions | undefined]
  >();
  expectTypeOf<ReturnType<Texts['send']>>().resolves.toEqualTypeOf<Receipt>();
  expectTypeOf<Receipt['confirmed']>().toEqualTypeOf<Promise<Confirmation>>();
});

test('message types: for await', () => {
  type Bytes = Connection<Uint8Array, string>;
  const loop = async (connection: Bytes) => {
    for await (const message of connection) expectTypeOf(message).toEqualTypeOf<Uint8Array>();
  };
  expectTypeOf(loop).parameters.toEqualTypeOf<[Bytes]>();
  expectTypeOf<ReturnType<Bytes['messages']>>().toEqualTypeOf<AsyncIterable<Uint8Array>>();
});

describe('types of a custom protocol', () => {
  interface Price {
    readonly symbol: string;
    readonly bid: number;
  }
  type Order = { readonly buy: string };
  const prices = {} as Protocol<Price, Order>;

  test('decide the types received, sent and streamed', () => {
    const connect = () => supervisor.connect({ url: 'tcp://h:1', protocol: prices });
    type Prices = ReturnType<typeof connect>;
    expectTypeOf<Prices>().toEqualTypeOf<Connection<Price, Order>>();
    expectTypeOf<Parameters<Prices['send']>>().toEqualTypeOf<
      [message: Order, options?: SendOptions | undefined]
    >();
    type Streamed = Parameters<NonNullable<Parameters<Prices['messages$']['forEach']>[0]>>;
    expectTypeOf<Streamed>().toEqualTypeOf<[value: Price]>();
  });

  test('decide the types in callbacks of a listener', () => {
    const listen = () =>
      supervisor.listen({
        url: 'tcp://h:1',
        protocol: prices,
        onConnection: (connection) => expectTypeOf(connection).toEqualTypeOf<Connection<Price, Order>>(),
        onMessage: (message, connection) => {
          expectTypeOf(message).toEqualTypeOf<Price>();
          expectTypeOf(connection.send).parameter(0).toEqualTypeOf<Order>();
        },
      });
    expectTypeOf(listen).returns.resolves.toHaveProperty('url');
  });

  test('are unknown for a protocol given by name or by default, which carries text and bytes', () => {
    type Unknown = Connection<unknown, string | Uint8Array>;
    const connect = () => supervisor.connect({ url: 'tcp://h:1', protocol: 'line' });
    expectTypeOf<ReturnType<typeof connect>>().toEqualTypeOf<Unknown>();
    const plain = () => supervisor.connect({ url: 'ws://h', onMessage: (message: unknown) => message });
    expectTypeOf<ReturnType<typeof plain>>().toEqualTypeOf<Unknown>();
    expectTypeOf<Connection>().toEqualTypeOf<Unknown>();
    expectTypeOf<Parameters<NonNullable<ListenSpec['onConnection']>>>().toEqualTypeOf<[Unknown]>();
    const accept = () => supervisor.accept({}, { transport: {} as Transport });
    expectTypeOf<ReturnType<typeof accept>>().toEqualTypeOf<Unknown>();
  });

  test('are those of the caller for a connection that is looked up', () => {
    const found = () => supervisor.get('prices');
    expectTypeOf<ReturnType<typeof found>>().toEqualTypeOf<Connection | undefined>();
    const prices = () => supervisor.get<Price, Order>('prices');
    expectTypeOf<ReturnType<typeof prices>>().toEqualTypeOf<Connection<Price, Order> | undefined>();
  });

  test('stay any for a connection of any, and every connection is one of unknown that sends nothing', () => {
    // biome-ignore lint/suspicious/noExplicitAny: what the test is about
    expectTypeOf<Parameters<Connection<any>['send']>[0]>().toBeAny();
    expectTypeOf<Connection<Price, Order>>().toExtend<Connection<unknown, never>>();
    expectTypeOf<Connection>().toExtend<Connection<unknown, never>>();
  });
});

/** Each line is a mistake that the compiler must find; it complains about those it would accept. */
test('types: specs and policies are checked at compile time', () => {
  const text = { ping: 'a', pong: 'b' };
  const mistakes = [
    // @ts-expect-error: a duration has a unit
    { heartbeat: { interval: '10' } } satisfies PolicyConfig,
    // @ts-expect-error: minutes are m
    { deadlines: { idle: '5min' } } satisfies PolicyConfig,
    // @ts-expect-error: this one cannot be off
    { deadlines: { connect: null } } satisfies PolicyConfig,
    // @ts-expect-error: no such profile
    { profile: 'satellite' } satisfies PolicyConfig,
    // @ts-expect-error: no such key
    { reconnect: { retries: 3 } } satisfies PolicyConfig,
    // @ts-expect-error: no such jitter
    { reconnect: { backoff: { jitter: 'some' } } } satisfies PolicyConfig,
    // @ts-expect-error: no such restart type
    { reconnect: { restart: 'always' } } satisfies PolicyConfig,
    // @ts-expect-error: no such reason
    { reconnect: { classes: { forbidden: 'fatal' } } } satisfies PolicyConfig,
    // @ts-expect-error: no such class
    { reconnect: { classes: { unauthorized: 'never' } } } satisfies PolicyConfig,
    // @ts-expect-error: a connection has a URL
    { id: 'feed' } satisfies ConnectSpec,
    // @ts-expect-error: a listener has no id
    { url: 'tcp://h:1', id: 'feed' } satisfies ListenSpec,
    // @ts-expect-error: a supervisor has transports
    { heartbeat: {} } satisfies SupervisorOptions,
    // @ts-expect-error: a transport is no name
    { transports: ['tcp'] } satisfies SupervisorOptions,
    // @ts-expect-error: a text heartbeat has a text
    { textHeartbeat: {} } satisfies WebSocketClassOptions,
    // @ts-expect-error: the class has one transport
    { transports: [] } satisfies WebSocketClassOptions,
    // @ts-expect-error: both tokens are needed
    () => websocketText({ ping: 'a' }),
    // @ts-expect-error: lines are text
    (lines: Connection<string>) => lines.send(new Uint8Array()),
    // @ts-expect-error: an unknown protocol carries text and bytes
    (unknown: Connection) => unknown.send({ unframed: true }),
    // @ts-expect-error: so does the default of a transport
    () => supervisor.connect({ url: 'ws://h' }).send(7),
    // @ts-expect-error: a protocol says what is received
    { url: '', protocol: line(), onMessage: (bytes: Uint8Array) => bytes } satisfies ConnectSpec<string>,
    // @ts-expect-error: a simulated network has a clock
    () => memoryNetwork({ latencyMs: 1 }),
  ];
  const rights = [
    { profile: 'lan', heartbeat: { interval: 250, condemnAfter: '1.5s' }, deadlines: { write: null } },
    { reconnect: { classes: { unauthorized: 'retryable' }, maxAttempts: null } },
  ] satisfies PolicyConfig[];
  expectTypeOf(mistakes).not.toEqualTypeOf(rights);
  expectTypeOf<'heartbeat-timeout'>().toExtend<ExitReason>();
  expectTypeOf(websocketText(text).encode).parameter(0).toEqualTypeOf<string | Uint8Array>();
  expectTypeOf(virtualClock().until).returns.resolves.toEqualTypeOf<boolean>();
});
