/** The arguments of the drop-in class, as Web IDL converts them and the WebSockets standard refuses them. */
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { DropInWebSocket } from '../../src/sdk/web-socket-class.ts';
import { dropInWorld } from './drop-in-world.ts';

const named = (name: string) => expect.objectContaining({ name });

afterEach(() => vi.unstubAllGlobals());

describe('the constructor of a drop-in WebSocket', () => {
  const { WebSocket } = dropInWorld();
  const make = (...args: unknown[]) => Reflect.construct(WebSocket, args) as DropInWebSocket;

  test.each(['feed', 'ftp://feed', 'ws://feed#', 'ws://feed/#x', 'ws://', '', undefined])(
    'refuses the URL %j',
    (url) => {
      expect(() => make(url)).toThrow(named('SyntaxError'));
    },
  );

  test.each([['two words'], [['a', 'a']], [['echo', 'eCho']], [['']], [''], ['a,b'], [new Set(['a b'])]])(
    'refuses the subprotocols %j',
    (protocols) => {
      expect(() => make('ws://feed', protocols)).toThrow(named('SyntaxError'));
    },
  );

  test.each([
    ['no argument', []],
    ['a symbol as the URL', [Symbol('url')]],
    ['a symbol as a subprotocol', ['ws://feed', [Symbol('a')]]],
  ])('throws TypeError for %s', (_what, args) => {
    expect(() => make(...args)).toThrow(TypeError);
  });

  test('throws TypeError without new', () => {
    expect(() => (WebSocket as unknown as (url: string) => void)('ws://feed')).toThrow(TypeError);
  });

  test.each([
    ['http://feed/x', 'ws://feed/x'],
    ['https://feed', 'wss://feed/'],
    ['WS://FEED', 'ws://feed/'],
    [new URL('ws://feed/y'), 'ws://feed/y'],
    ['ws://me:secret@feed/', 'ws://me:secret@feed/'],
  ])('reads %s as %s', (given, url) => {
    const ws = new WebSocket(given);
    expect(ws.url).toBe(url);
    ws.close();
  });

  test('resolves a relative URL against the page of a worker, which has no document', () => {
    vi.stubGlobal('location', new URL('https://feed/app/worker.js'));
    const ws = new WebSocket('live?a=1');
    expect(ws.url).toBe('wss://feed/app/live?a=1');
    ws.close();
  });

  test.each<[string, unknown, string]>([
    ['nothing', undefined, ''],
    ['a text', 'a', 'a'],
    ['null, as a text', null, 'null'],
    ['a number, as a text', 5, '5'],
    ['any iterable', new Set(['a', 'b']), 'a, b'],
    ['an array of another realm', runInNewContext('["a", "b"]'), 'a, b'],
  ])('offers as subprotocols: %s', async (_what, protocols, offered) => {
    const { clock, WebSocket: Fresh, peers } = dropInWorld();
    Reflect.construct(Fresh, ['ws://feed', protocols]);
    await clock.run(100);
    expect(peers[0]?.request?.protocols?.join(', ') ?? '').toBe(offered);
  });

  test.each(['ws://feed:0/', 'ws://feed:0'])(
    'a port that cannot be dialled is a failed socket: %s',
    async (url) => {
      const { clock, open } = dropInWorld();
      const { ws, log } = open(url);
      expect(ws.readyState).toBe(0);
      await clock.run(20_000);
      expect(log).toEqual(['error/3', expect.stringMatching(/^close\/3 1006 /)]);
    },
  );
});

describe('the shape of a drop-in WebSocket', () => {
  const { WebSocket } = dropInWorld();

  test('has one prototype between a socket and EventTarget', () => {
    const ws = new WebSocket('ws://feed');
    expect(Object.getPrototypeOf(ws)).toBe(WebSocket.prototype);
    expect(Object.getPrototypeOf(WebSocket.prototype)).toBe(EventTarget.prototype);
    expect(Object.getPrototypeOf(WebSocket)).toBe(EventTarget);
    expect([WebSocket.length, WebSocket.prototype.send.length, WebSocket.prototype.close.length]).toEqual([
      1, 1, 0,
    ]);
    ws.close();
  });

  test('can be extended', async () => {
    const { clock, WebSocket: Base } = dropInWorld();
    class Mine extends Base {
      seen = 0;
      override get url() {
        return `mine:${super.url}`;
      }
    }
    const ws = new Mine('ws://feed');
    ws.onopen = () => ws.seen++;
    await clock.run(100);
    expect([ws instanceof Mine, ws instanceof Base, ws.url, ws.seen]).toEqual([
      true,
      true,
      'mine:ws://feed/',
      1,
    ]);
  });

  test.each(['send', 'close'] as const)('throws TypeError for %s() of another object', (method) => {
    for (const other of [null, {}, new EventTarget()])
      expect(() => Reflect.apply(WebSocket.prototype[method], other, [1])).toThrow(TypeError);
  });

  test('throws TypeError for attributes of another object', () => {
    for (const name of ['binaryType', 'onopen', 'bufferedAmount']) {
      const { get, set } = Object.getOwnPropertyDescriptor(WebSocket.prototype, name) ?? {};
      expect(() => get?.call(new EventTarget())).toThrow(TypeError);
      if (set !== undefined) expect(() => set.call(new EventTarget(), 'unknown')).toThrow(TypeError);
    }
  });
});

describe('send() of a drop-in WebSocket', () => {
  test.each<[string, unknown[]]>([
    ['no argument', []],
    ['a symbol', [Symbol('data')]],
    ['a view of shared memory', [new Uint8Array(new SharedArrayBuffer(3))]],
    [
      'a view of the shared memory of another realm',
      [runInNewContext('new Uint8Array(new SharedArrayBuffer(3))')],
    ],
  ])('throws TypeError for %s, also while connecting', async (_what, args) => {
    const { clock, heard, open } = dropInWorld();
    const { ws } = open();
    const send = () => Reflect.apply(ws.send, ws, args);
    expect(send).toThrow(TypeError);
    await clock.run(100);
    expect(send).toThrow(TypeError);
    await clock.run(100);
    expect([heard, ws.bufferedAmount]).toEqual([[], 0]);
  });

  test('sends bytes and blobs of another realm as binary messages', async () => {
    const { clock, heard, open } = dropInWorld();
    const { ws } = open();
    await clock.run(100);
    for (const script of [
      'new Uint8Array([1, 2]).buffer',
      'new Uint8Array([1, 2])',
      'new DataView(new Uint8Array([1, 2]).buffer)',
    ])
      ws.send(runInNewContext(script));
    const foreign = {
      size: 2,
      arrayBuffer: async () => Uint8Array.of(1, 2).buffer,
      [Symbol.toStringTag]: 'File',
    };
    ws.send(foreign);
    expect(ws.bufferedAmount).toBe(8);
    await clock.run(100);
    expect(heard).toEqual(Array(4).fill(Uint8Array.of(1, 2)));
  });
});

describe('close() of a drop-in WebSocket', () => {
  const acceptable = (code: number) => code === 1000 || (code >= 3000 && code <= 4999);

  test('accepts 1000 and 3000 to 4999', () => {
    fc.assert(
      fc.property(fc.integer({ min: -10, max: 70_000 }), (code) => {
        const { ws } = dropInWorld().open();
        const close = () => ws.close(code);
        if (acceptable(code)) expect(close).not.toThrow();
        else expect(close).toThrow(named('InvalidAccessError'));
      }),
      { numRuns: 60 },
    );
  });

  test.each<[unknown, string | undefined]>([
    ['3000', undefined],
    [1000.5, undefined],
    [999.5, undefined],
    [2999.5, undefined],
    [4999.5, 'InvalidAccessError'],
    [null, 'InvalidAccessError'],
    [Number.NaN, 'InvalidAccessError'],
    [1000n, 'TypeError'],
    [Symbol('code'), 'TypeError'],
  ])('converts the code %s as [Clamp] unsigned short', (code, error) => {
    const { ws } = dropInWorld().open();
    const close = () => Reflect.apply(ws.close, ws, [code]);
    if (error === undefined) expect(close).not.toThrow();
    else expect(close).toThrow(named(error));
  });

  test('refuses a reason of more than 123 bytes, and one that is no text', () => {
    const { ws } = dropInWorld().open();
    expect(() => ws.close(1000, 'ä'.repeat(62))).toThrow(named('SyntaxError'));
    expect(() => ws.close(1000, Symbol('reason') as never)).toThrow(TypeError);
    expect(() => ws.close(1000, 'ä'.repeat(61))).not.toThrow();
  });
});
