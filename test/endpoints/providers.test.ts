/** Provider functions for URL, headers, subprotocols and credentials: deadlines, refusals and late answers. */

import { afterEach, expect, test, vi } from 'vitest';
import { createListeningSupervisor } from '../../src/actors/supervisor/listening-supervisor.ts';
import type { ConnectSpec } from '../../src/actors/supervisor/options.ts';
import { ConfigError } from '../../src/base/errors.ts';
import type { ProviderContext } from '../../src/endpoints/providers.ts';
import type { Exit } from '../../src/policy/exits.ts';
import { line } from '../../src/protocols/line.ts';
import { withDialogue } from '../../src/protocols/over.ts';
import { websocket } from '../../src/protocols/websocket.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { memoryNetwork } from '../../src/testing/network/memory.ts';
import type { UpgradeRequest } from '../../src/testing/network/memory-websocket-frames.ts';
import type { MemoryWebSocketPeer } from '../../src/testing/network/memory-websocket-peer.ts';
import { memoryWebSockets } from '../../src/testing/network/memory-websockets.ts';
import { expectNothingLeft, lineServer, type World, world } from '../support/world.ts';

const unhandled = vi.fn();
process.on('unhandledRejection', unhandled);
afterEach(() => expect(unhandled).not.toHaveBeenCalled());

const never = () => new Promise<never>(() => {});
const closings = (here: World) =>
  here.events.flatMap((event) =>
    event.event === 'state' && event.to === 'closed' ? [{ reason: event.reason, detail: event.detail }] : [],
  );

/** A connection to a line server, whose URL a function answers. */
function asking(
  url: (context: ProviderContext) => string | Promise<string>,
  spec: Partial<ConnectSpec> = {},
) {
  const here = world();
  here.network.serve('feed', lineServer);
  const connection = here.supervisor.connect({ id: 'one', url, ...spec });
  return { here, connection };
}

test('url function: each incarnation calls it again, with incarnation and attempt in the context', async () => {
  const contexts: ProviderContext[] = [];
  const { here, connection } = asking(async (context) => {
    contexts.push(context);
    return 'memory://feed';
  });
  expect(connection.url).toBe('unresolved');
  await here.clock.run(100);
  expect(connection).toMatchObject({ state: 'alive', url: 'memory://feed' });
  here.network.host('feed').down();
  here.network.host('feed').up();
  await here.clock.run(20_000);
  expect(contexts).toMatchObject([
    { incarnation: 1, attempt: 0 },
    { incarnation: 2, attempt: 1 },
  ]);
  expect(contexts.every(({ signal }) => !signal.aborted)).toBe(true);
  await expectNothingLeft(here);
});

test('url function: a pending call is aborted at deadlines.provider, and called again after the backoff', async () => {
  const contexts: ProviderContext[] = [];
  const { here, connection } = asking((context) => {
    contexts.push(context);
    return contexts.length === 1 ? never() : 'memory://feed';
  });
  await here.clock.run(9990);
  expect(closings(here)).toEqual([]);
  await here.clock.run(20);
  expect(closings(here)).toEqual([
    { reason: 'provider-failed', detail: 'no value within deadlines.provider (10000 ms)' },
  ]);
  expect(contexts[0]?.signal.aborted).toBe(true);
  await here.clock.run(2000);
  expect(connection).toMatchObject({ state: 'alive', incarnation: 2 });
  expect(here.network.audit().dials).toBe(1);
  await expectNothingLeft(here);
});

test.each<[string, string, () => string | Promise<string>]>([
  ['rejects', 'url: Error', () => Promise.reject(new Error('no token'))],
  [
    'throws synchronously',
    'url: Error',
    () => {
      throw new Error('broken');
    },
  ],
  [
    'answers an invalid URL',
    'url: "nonsense" is not valid; expected a URL such as tcp://host:port or wss://host/path, with a port up to 65535',
    () => 'nonsense',
  ],
  [
    'answers a URL with an unknown scheme and a password',
    'url: "carrier-pigeon://***@h" is not valid; expected a scheme that is known here: memory',
    () => 'carrier-pigeon://me:secret@h',
  ],
])(
  'url function: one that %s ends the incarnation as provider-failed, and the next incarnation calls it again',
  async (_, detail, first) => {
    let asked = 0;
    const { here, connection } = asking(() => (++asked === 1 ? first() : 'memory://feed'));
    await here.clock.run(5000);
    expect(closings(here)).toEqual([{ reason: 'provider-failed', detail }]);
    expect(connection).toMatchObject({ state: 'alive', incarnation: 2 });
    await expectNothingLeft(here);
  },
);

test('url function: close() during the call aborts it and ends the connection at once, and a late answer starts no dial', async () => {
  let answer = (_: string) => {};
  let signal: AbortSignal | undefined;
  const { here, connection } = asking((context) => {
    signal = context.signal;
    return new Promise((resolve) => {
      answer = resolve;
    });
  });
  await here.clock.run(10);
  let exit: Exit | undefined;
  connection.close().then((each) => {
    exit = each;
  });
  await here.clock.run(0);
  expect(exit?.reason).toBe('closed-by-us');
  expect(signal?.aborted).toBe(true);
  answer('memory://feed');
  await here.clock.run(1000);
  expect(here.network.audit().dials).toBe(0);
  expect(here.clock.pending).toBe(0);
  await expectNothingLeft(here);
});

test('url function: reconnect() during the call discards the answer of that call', async () => {
  const answers: ((url: string) => void)[] = [];
  const { here, connection } = asking(() => new Promise((resolve) => answers.push(resolve)));
  await here.clock.run(10);
  connection.reconnect();
  await here.clock.run(10);
  answers[0]?.('memory://nobody');
  await here.clock.run(10);
  expect(here.network.audit().dials).toBe(0);
  answers[1]?.('memory://feed');
  await here.clock.run(10);
  expect(connection).toMatchObject({ state: 'alive', url: 'memory://feed', incarnation: 2 });
  await expectNothingLeft(here);
});

test('credentials: the handshake of the protocol receives the value of the credentials function', async () => {
  const seen: unknown[] = [];
  const greeting = withDialogue(line(), () => ({
    handshake: async ({ credentials }) => void seen.push(credentials),
  }));
  const here = world();
  here.network.serve('feed', lineServer);
  here.supervisor.connect({
    url: 'memory://feed',
    protocol: greeting,
    credentials: async () => 'open sesame',
  });
  await here.clock.run(100);
  expect(seen).toEqual(['open sesame']);
  await expectNothingLeft(here);
});

// --- headers, subprotocols and credentials of an upgrade

type Judge = (request: UpgradeRequest, count: number) => number;

/** A WebSocket server in virtual time that answers with the status of `judge`. */
function upgrading(
  spec: Omit<ConnectSpec, 'url'>,
  judge: Judge = () => 101,
  accept: (peer: MemoryWebSocketPeer) => void = () => {},
) {
  const url = 'ws://h/x?room=1';
  const clock = virtualClock({ seed: 1 });
  const network = memoryNetwork({ clock });
  const sockets = memoryWebSockets(network, { wall: () => clock.wall() });
  const requests: UpgradeRequest[] = [];
  sockets.serve(
    'h',
    (peer) => accept(peer),
    (request) => {
      requests.push(request);
      const status = judge(request, requests.length);
      return status === 101 ? undefined : { status };
    },
  );
  const supervisor = createListeningSupervisor({
    transports: [sockets.transport],
    protocols: { websocket },
    clock,
    heartbeat: { interval: null },
  });
  const connection = supervisor.connect({ url, ...spec });
  return { clock, network, requests, connection, supervisor };
}

test('credentials: their headers override headers, and their query appears in the request URL only', async () => {
  const { clock, requests, connection } = upgrading({
    headers: () => ({ Authorization: 'Basic old', 'x-version': '2' }),
    protocols: async () => ['chat'],
    credentials: {
      headers: { authorization: 'Bearer new' },
      query: { token: 'a b' },
      protocols: ['auth.x', 'chat'],
    },
  });
  await clock.run(100);
  expect(requests).toMatchObject([{ url: 'ws://h/x?room=1&token=a+b' }]);
  expect(requests[0]?.headers).toMatchObject({ 'x-version': '2', authorization: 'Bearer new' });
  expect(requests[0]?.headers).not.toHaveProperty('Authorization');
  expect(requests[0]?.protocols).toEqual(['chat', 'auth.x']);
  expect(connection).toMatchObject({ state: 'alive', url: 'ws://h/x?room=***', id: 'ws://h/x?room=***' });
});

test('providers: the context has the URL, and all functions share one deadline', async () => {
  const headers = vi.fn(async (_: ProviderContext) => ({ a: 'b' }));
  const { clock, connection } = upgrading({ headers, credentials: never });
  await clock.run(10_001);
  expect(headers).toHaveBeenCalledWith(expect.objectContaining({ url: 'ws://h/x?room=1' }));
  expect(connection.history()).toEqual([]);
  expect(connection).toMatchObject({ status: 'waiting', incarnation: 1 });
});

test.each<[string, Partial<ConnectSpec>]>([
  [
    'headers: "***" is not valid; expected an object of header names and texts',
    { headers: () => 'none' as never },
  ],
  [
    'headers.a: "***" is not valid; expected a text without control characters',
    { headers: () => ({ a: 1 as never }) },
  ],
  [
    'headers.a: "***" is not valid; expected a text without control characters',
    { headers: () => ({ a: 'x\r\ny' }) },
  ],
  [
    'protocols: "***" is not valid; expected names of subprotocols (RFC 6455 section 4.1)',
    { protocols: () => ['a b'] },
  ],
  [
    'credentials: "***" is not valid; expected a token, or an object with headers, query, protocols or handshake',
    { credentials: () => 7 as never },
  ],
  [
    'credentials.password: "***" is not valid; expected headers, query, protocols or handshake',
    { credentials: () => ({ password: 'x' }) as never },
  ],
])(
  'providers: an invalid answer ends the incarnation as provider-failed, with the detail %s',
  async (detail, spec) => {
    const { clock, supervisor, requests } = upgrading(spec as ConnectSpec);
    const details: unknown[] = [];
    supervisor.events$.subscribe((event) => {
      if (event.event === 'state' && event.to === 'closed') details.push([event.reason, event.detail]);
    });
    await clock.run(100);
    expect(details[0]).toEqual(['provider-failed', detail]);
    expect(requests).toEqual([]);
  },
);

test('credentials: the first 401 calls the function again, and the second 401 in a row gives up', async () => {
  const credentials = vi.fn(({ incarnation }: ProviderContext) => `token-${incarnation}`);
  const { clock, connection, requests } = upgrading({ credentials }, () => 401);
  const { closed } = connection;
  await clock.run(60_000);
  expect(requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer token-1', 'Bearer token-2']);
  expect(connection.status).toBe('gave-up');
  await expect(closed).resolves.toMatchObject({ reason: 'unauthorized', class: 'fatal', code: 401 });
  connection.reconnect();
  await clock.run(60_000);
  expect(requests).toHaveLength(4);
});

test('credentials: a proved connection resets the count of 401 answers', async () => {
  const expired = (_: UpgradeRequest, count: number) => (count % 2 === 1 ? 401 : 101);
  const { clock, connection, network, requests } = upgrading({ credentials: () => 'token' }, expired);
  for (const alive of [2, 4, 6]) {
    await clock.run(60_000);
    expect([connection.state, requests.length]).toEqual(['alive', alive]);
    network.host('h').down();
    network.host('h').up();
  }
});

test('credentials: the second close code 1008 in a row gives up like the second 401', async () => {
  const credentials = vi.fn(() => 'token');
  const refuse = (peer: MemoryWebSocketPeer) => peer.close(1008, 'who are you');
  const { clock, connection, requests } = upgrading({ credentials }, undefined, refuse);
  const { closed } = connection;
  await clock.run(60_000);
  expect([connection.status, requests.length]).toEqual(['gave-up', 2]);
  await expect(closed).resolves.toMatchObject({
    reason: 'unauthorized',
    class: 'fatal',
    code: 1008,
    proved: true,
  });
});

test('credentials: a close code 1008 on each of four stable connections never gives up', async () => {
  const peers: MemoryWebSocketPeer[] = [];
  const { clock, connection } = upgrading({ credentials: () => 'token' }, undefined, (peer) =>
    peers.push(peer),
  );
  for (const sockets of [1, 2, 3, 4]) {
    await clock.run(60_000);
    expect([connection.state, peers.length]).toEqual(['alive', sockets]);
    peers.at(-1)?.close(1008, 'expired');
  }
});

test('credentials: a fixed token gives up at the first 401', async () => {
  const { clock, connection, requests } = upgrading({ credentials: 'token' }, () => 401);
  await clock.run(60_000);
  expect([connection.status, requests.length]).toEqual(['gave-up', 1]);
});

// --- specs that connect() refuses

test.each<[string, Partial<ConnectSpec>]>([
  ['url', { url: [] }],
  ['url.1', { url: ['memory://feed', 'nonsense'] }],
  ['id', { url: () => 'memory://feed' }],
  ['headers', { headers: { a: 'b' } }],
  ['protocols', { protocols: () => ['a'] }],
  ['credentials', { credentials: 'token' }],
  ['headers.a b', { headers: { 'a b': 'c' } }],
])(
  'connect(): an invalid %s for a byte protocol throws a ConfigError, and no connection exists',
  (path, spec) => {
    const { supervisor } = world();
    let problem: unknown;
    try {
      supervisor.connect({ url: 'memory://feed', ...spec });
    } catch (error) {
      problem = error;
    }
    expect(problem).toBeInstanceOf(ConfigError);
    expect((problem as ConfigError).problems[0]?.path).toBe(path === 'headers.a b' ? 'headers' : path);
    expect([...supervisor.connections]).toEqual([]);
  },
);

test('connect(): the same id and URL list return the running connection, functions are not compared, another URL throws', async () => {
  const here = world();
  const url = ['memory://feed', 'memory://spare'];
  const one = here.supervisor.connect({ url });
  expect(one.id).toBe('memory://feed');
  expect(here.supervisor.connect({ url: [...url] })).toBe(one);
  expect(() => here.supervisor.connect({ url: 'memory://feed' })).toThrow('is running with another URL');
  const two = here.supervisor.connect({ id: 'two', url: async () => 'memory://feed' });
  expect(here.supervisor.connect({ id: 'two', url: async () => 'memory://spare' })).toBe(two);
  await expectNothingLeft(here);
});
