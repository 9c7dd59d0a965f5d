/** Tokens and endpoints with real upgrades: of a connection, and of the drop-in class. */
import { expect, test } from 'vitest';
import type { ConnectSpec } from '../../src/actors/supervisor/options.ts';
import { ConnectionClosedError } from '../../src/base/errors.ts';
import type { ProviderContext } from '../../src/endpoints/providers.ts';
import { createWebSocketClass } from '../../src/presets/websocket-class.ts';
import type { WebSocketClassOptions } from '../../src/sdk/web-socket-class.ts';
import { supervision } from '../support/supervision.ts';
import { upgradeServer } from '../support/upgrade-server.ts';
import { recorded } from './drop-in-world.ts';

/** A token for each time it is asked, and what it was told. */
function issuer() {
  const contexts: ProviderContext[] = [];
  const credentials = async (context: ProviderContext) => `token-${contexts.push(context)}`;
  return { contexts, credentials };
}

function connect(spec: ConnectSpec) {
  const { supervisor, events } = supervision();
  return { connection: supervisor.connect(spec), events };
}

test('credentials: each upgrade carries a token of its own', async () => {
  const server = await upgradeServer();
  const { contexts, credentials } = issuer();
  const { connection } = connect({ url: server.url, credentials });
  for (let n = 1; n <= 4; n++) {
    await expect.poll(() => [connection.state, connection.incarnation]).toEqual(['alive', n]);
    if (n < 4) server.drop();
  }
  expect(server.tokens).toEqual([1, 2, 3, 4].map((n) => `Bearer token-${n}`));
  expect(contexts.map(({ incarnation, attempt }) => [incarnation, attempt])).toEqual([
    [1, 0],
    [2, 1],
    [3, 2],
    [4, 3],
  ]);
});

test.each([
  [true, 'first'],
  [false, 'second'],
] as const)(
  'the token is for the endpoint that is dialled: the first dies, the second serves and drops; returnToFirst %s: the %s',
  async (returnToFirst, next) => {
    const servers = { first: await upgradeServer(), second: await upgradeServer() };
    const urls = Object.values(servers).map(({ url }) => url);
    const { connection } = connect({
      url: urls,
      credentials: async ({ url = '' }) => `for-${Object.keys(servers)[urls.indexOf(url)]}`,
      endpoints: { returnToFirst },
      reconnect: { stableAfter: 0 },
    });
    await connection.ready();
    servers.first.die();
    await expect.poll(() => [connection.state, connection.url]).toEqual(['alive', servers.second.url]);
    await servers.first.revive();
    const { incarnation } = connection;
    servers.second.drop();
    await expect.poll(() => connection.incarnation).toBe(incarnation + 1);
    await connection.ready();
    expect(connection.url).toBe(servers[next].url);
    const { first, second } = { first: servers.first.tokens, second: servers.second.tokens };
    expect([first.length, second.length]).toEqual(next === 'first' ? [2, 1] : [1, 2]);
    expect(new Set(first)).toEqual(new Set(['Bearer for-first']));
    expect(new Set(second)).toEqual(new Set(['Bearer for-second']));
  },
);

test('credentials: a first 401 asks for another token, a second gives up as unauthorized', async () => {
  const server = await upgradeServer(() => 401);
  const { contexts, credentials } = issuer();
  const { connection, events } = connect({ id: 'feed', url: server.url, credentials });
  const fatal = { reason: 'unauthorized', class: 'fatal', code: 401, proved: false };
  const error = await connection.ready().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConnectionClosedError);
  expect(error).toMatchObject({ code: 'closed', exit: fatal });
  await expect(connection.closed).resolves.toMatchObject(fatal);
  await expect(connection.send('anything')).rejects.toMatchObject({ code: 'not-delivered', cause: error });
  expect(connection.status).toBe('gave-up');
  expect(server.tokens).toEqual(['Bearer token-1', 'Bearer token-2']);
  expect(contexts.map(({ attempt }) => attempt)).toEqual([0, 1]);
  expect(events.matching({ event: 'reconnect-scheduled' })).toHaveLength(1);
  expect(events.matching({ event: 'gave-up' })).toMatchObject([
    { reason: 'unauthorized', because: 'fatal', code: 401 },
  ]);
});

test('credentials: a constant token gives up at the first 401', async () => {
  const server = await upgradeServer(() => 403);
  const { connection } = connect({ url: server.url, credentials: 'fixed' });
  await expect(connection.closed).resolves.toMatchObject({
    reason: 'unauthorized',
    class: 'fatal',
    code: 403,
  });
  expect(server.tokens).toEqual(['Bearer fixed']);
});

test('credentials: a close with 1008 right after opening counts as unauthorized', async () => {
  const answers = [1008, 101, 1008, 1008];
  const server = await upgradeServer(() => answers.shift() ?? 500);
  const { connection } = connect({ url: server.url, credentials: issuer().credentials });
  await expect.poll(() => [connection.state, connection.incarnation]).toEqual(['alive', 2]);
  server.drop();
  await expect(connection.closed).resolves.toMatchObject({
    reason: 'unauthorized',
    class: 'fatal',
    code: 1008,
  });
  expect(server.tokens).toHaveLength(4);
});

test('credentials: an answered connection in between permits a further 401', async () => {
  const answers = [401, 101, 401, 101, 401, 401];
  const server = await upgradeServer(() => answers.shift() ?? 500);
  const { connection } = connect({ url: server.url, credentials: issuer().credentials });
  for (const n of [2, 4]) {
    await expect.poll(() => [connection.state, connection.incarnation]).toEqual(['alive', n]);
    server.drop();
  }
  await expect(connection.closed).resolves.toMatchObject({
    reason: 'unauthorized',
    class: 'fatal',
    code: 401,
  });
  expect(server.tokens).toHaveLength(6);
});

function open(url: string, options: WebSocketClassOptions) {
  const WebSocket = createWebSocketClass({
    reconnect: { backoff: { base: 10, cap: 20, jitter: 'none' } },
    ...options,
  });
  return recorded(new WebSocket(url));
}

test('drop-in WebSocket with reopen: a token for each upgrade, and a second one after a 401', async () => {
  const answers = [101, 101, 401, 101, 401, 401];
  const server = await upgradeServer(() => answers.shift() ?? 500);
  const { credentials } = issuer();
  const { log } = open(server.url, { reopen: true, credentials });
  for (let opened = 1; opened <= 3; opened++) {
    await expect.poll(() => log.length).toBe(opened);
    server.drop();
  }
  await expect.poll(() => log.length).toBe(4);
  expect(log).toEqual(['open/1', 'open/1', 'open/1', 'close/3 1006 unauthorized unclean']);
  expect(server.tokens).toEqual([1, 2, 3, 4, 5, 6].map((n) => `Bearer token-${n}`));
});

test('drop-in WebSocket: each socket carries a token, and a 401 closes it', async () => {
  const answers = [101, 401, 101];
  const server = await upgradeServer(() => answers.shift() ?? 500);
  const { contexts, credentials } = issuer();
  const query = async (context: ProviderContext) => ({ query: { token: await credentials(context) } });
  const WebSocket = createWebSocketClass({ credentials: query });
  const outcomes: unknown[] = [];
  for (let n = 0; n < 3; n++) {
    const { ws, log } = recorded(new WebSocket(server.url));
    await expect.poll(() => log.length).toBeGreaterThan(0);
    if (ws.readyState === 1) ws.close();
    await expect.poll(() => ws.readyState).toBe(3);
    outcomes.push(log);
    expect(ws.url).toBe(server.url);
  }
  expect(outcomes).toEqual([
    ['open/1', 'close/3 1005  clean'],
    ['error/3', 'close/3 1006 unauthorized unclean'],
    ['open/1', 'close/3 1005  clean'],
  ]);
  expect(server.tokens).toEqual(['token-1', 'token-2', 'token-3']);
  expect(contexts).toHaveLength(3);
});

test('drop-in WebSocket: invalid credentials are refused when the class is made', () => {
  expect(() => createWebSocketClass({ credentials: '' })).toThrow('credentials');
  expect(() => createWebSocketClass({ headers: { 'no name': 'x' } })).toThrow('headers');
});
