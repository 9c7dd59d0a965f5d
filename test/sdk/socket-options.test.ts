/** The options that the classes of `ws` and of Node take: libraries that run on Node pass headers in them. */
import { describe, expect, test } from 'vitest';
import { noSignals } from '../../src/actors/supervisor/signals.ts';
import { silentLogger } from '../../src/base/log.ts';
import { createWebSocketClass as createBrowserClass } from '../../src/presets/websocket-class-browser.ts';
import type { WebSocketClassOptions } from '../../src/sdk/web-socket-class.ts';
import { dropInWorld } from './drop-in-world.ts';

/** The upgrade request that the constructor's arguments cause. */
async function upgradeOf(args: unknown[], options: WebSocketClassOptions = {}) {
  const { clock, WebSocket, peers } = dropInWorld(options);
  Reflect.construct(WebSocket, ['ws://feed/', ...args]);
  await clock.run(100);
  return peers[0]?.request;
}

describe('drop-in', () => {
  test.each<[string, unknown[], readonly string[]]>([
    ['as a third argument, as ws takes them', [['a'], { headers: { 'x-tenant': 'acme' } }], ['a']],
    ['behind undefined, as SignalR passes them', [undefined, { headers: { 'x-tenant': 'acme' } }], []],
    [
      'as a second argument, as Node takes them',
      [{ protocols: 'a', headers: { 'x-tenant': 'acme' } }],
      ['a'],
    ],
    ['as Headers', [[], { headers: new Headers({ 'x-tenant': 'acme' }) }], []],
    ['as pairs', [[], { headers: [['x-tenant', 'acme']] }], []],
    ['as a list of values', [[], { headers: { 'x-tenant': ['acme'], 'x-none': undefined } }], []],
  ])('headers go with the upgrade: %s', async (_how, args, protocols) => {
    const request = await upgradeOf(args);
    expect(request?.headers).toEqual({ 'x-tenant': 'acme' });
    expect(request?.protocols).toEqual(protocols);
  });

  test.each([{}, null, undefined, 'stray', { headers: undefined }, { headers: {} }])(
    'no headers are given by the options %j',
    async (options) => {
      expect((await upgradeOf([[], options]))?.headers).toEqual({});
    },
  );

  test.each<[string, WebSocketClassOptions['headers']]>([
    ['given as a value', { 'X-Tenant': 'class', 'x-class': 'yes' }],
    ['answered by a function', async () => ({ 'X-Tenant': 'class', 'x-class': 'yes' })],
  ])('headers of a socket replace their namesakes of the class, %s', async (_how, headers) => {
    const request = await upgradeOf([[], { headers: { 'x-tenant': 'socket' } }], { headers });
    expect(request?.headers).toEqual({ 'x-tenant': 'socket', 'x-class': 'yes' });
  });

  test.each([
    ['a third argument', [[], { agent: {} }], 'agent'],
    ['a second argument', [{ dispatcher: {} }], 'dispatcher'],
    ['headers that no upgrade can carry', [[], { headers: { a: 'b\r\nc: d' } }], 'headers.a'],
  ])('an option that is not supported throws TypeError with its name: %s', (_what, args, name) => {
    const { WebSocket } = dropInWorld();
    const make = () => Reflect.construct(WebSocket, ['ws://feed/', ...args]);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(name);
  });

  test("a class for browsers ignores a third argument, as the page's own class does", () => {
    const { sockets, clock } = dropInWorld();
    const transport = sockets.transport;
    const Browser = createBrowserClass({
      transport,
      clock,
      signals: noSignals,
      logger: silentLogger,
    });
    expect(() => Reflect.construct(Browser, ['ws://feed/', [], { agent: {} }])).not.toThrow();
    expect(() => Reflect.construct(Browser, ['ws://feed/', {}])).toThrow(
      expect.objectContaining({ name: 'SyntaxError' }),
    );
  });
});
