import { describe, expect, test, vi } from 'vitest';
import { deferred } from '../../src/base/deferred.ts';
import { createWebSocketClass } from '../../src/presets/websocket-class.ts';
import { dropInWorld } from './drop-in-world.ts';

describe('a drop-in WebSocket', () => {
  test('connects, carries messages both ways, and closes as in the standard', async () => {
    const { clock, peers, heard, open } = dropInWorld();
    const { ws, log } = open('ws://feed/v1', ['a', 'b']);
    expect([ws.readyState, ws.url, ws.protocol]).toEqual([0, 'ws://feed/v1', '']);
    await clock.run(100);
    expect([ws.readyState, ws.protocol, ws.extensions]).toEqual([1, 'a', '']);
    ws.send('up');
    peers[0]?.send('down');
    await clock.run(100);
    ws.close(4000, 'enough');
    expect(ws.readyState).toBe(2);
    await clock.run(100);
    expect(heard).toEqual(['up']);
    expect(log).toEqual(['open/1', 'message down', 'close/3 4000 enough clean']);
  });

  test.each<[string, [code?: number, reason?: string], object]>([
    ['a code and a reason', [4001, 'bye'], { code: 4001, reason: 'bye' }],
    ['a code', [3000], { code: 3000, reason: '' }],
    ['neither code nor reason', [], { code: 1005, reason: '' }],
  ])('sends a close frame with %s', async (_what, args, expected) => {
    const { clock, peers, open } = dropInWorld();
    const { ws } = open();
    await clock.run(100);
    const closed = vi.fn();
    if (peers[0] !== undefined) peers[0].onClose = closed;
    ws.close(...args);
    await clock.run(100);
    expect(closed).toHaveBeenCalledExactlyOnceWith(expected);
  });

  test("reports code and reason of the server's close frame", async () => {
    const { clock, peers, open } = dropInWorld();
    const { log } = open();
    await clock.run(100);
    peers[0]?.close(4403, 'forbidden');
    await clock.run(100);
    expect(log).toEqual(['open/1', 'close/3 4403 forbidden clean']);
  });

  test('fires error and close when refused, with the reason of the exit', async () => {
    const { clock, network, open } = dropInWorld();
    network.host('feed').refuse();
    const { log } = open();
    await clock.run(100);
    expect(log).toEqual(['error/3', 'close/3 1006 refused unclean']);
  });

  test('closes within interval + condemnAfter when the peer is dead', async () => {
    const { clock, network, open } = dropInWorld();
    const { ws, log } = open();
    await clock.run(1000);
    network.host('feed').freeze();
    await clock.run(12_000);
    expect(ws.readyState).toBe(1);
    await clock.run(9000);
    expect(log).toEqual(['open/1', 'close/3 1006 heartbeat-timeout unclean']);
  });

  test('fires close without error when cut off after open', async () => {
    const { clock, peers, open } = dropInWorld();
    const { log } = open();
    await clock.run(100);
    peers[0]?.terminate();
    await clock.run(100);
    expect(log).toEqual(['open/1', 'close/3 1006 cut-off unclean']);
  });

  test('fires error and close when a message exceeds maxMessageBytes', async () => {
    const { clock, peers, open } = dropInWorld({ maxMessageBytes: 3 });
    const { log } = open();
    await clock.run(100);
    peers[0]?.send('four');
    await clock.run(100);
    expect(log).toEqual(['open/1', 'error/3', 'close/3 1006 message-too-big unclean']);
  });

  test('closes after deadlines.connect when the server is frozen', async () => {
    const { clock, network, open } = dropInWorld();
    network.host('feed').freeze();
    const { log } = open();
    await clock.run(10_100);
    expect(log).toEqual(['error/3', 'close/3 1006 connect-timeout unclean']);
  });

  test('does not reconnect without reopen', async () => {
    const { clock, network, peers, open } = dropInWorld();
    open();
    await clock.run(100);
    peers[0]?.terminate();
    await clock.run(600_000);
    expect(peers).toHaveLength(1);
    expect(network.audit()).toMatchObject({ dials: 1, open: { dial: 0 } });
    expect(clock.pending).toBe(0);
  });

  test('fires error and close, and no open, when closed before it opened', async () => {
    const { clock, open } = dropInWorld();
    const { ws, log } = open();
    ws.close();
    ws.close();
    expect(ws.readyState).toBe(2);
    await clock.run(100);
    expect(log).toEqual(['error/3', 'close/3 1006 closed-by-us unclean']);
  });

  test('delivers no message after close()', async () => {
    const { clock, peers, open } = dropInWorld();
    const { ws, log } = open();
    await clock.run(100);
    peers[0]?.send('late');
    ws.close();
    await clock.run(100);
    expect(log).toEqual(['open/1', 'close/3 1005  clean']);
  });

  test('keeps its connection when handlers throw', async () => {
    const { clock, peers, open } = dropInWorld();
    const uncaught = vi.fn();
    // EventTarget reports to the process, in a later tick.
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException').on('uncaughtException', uncaught);
    const { ws, log } = open();
    ws.onopen = () => {
      throw new Error('on purpose');
    };
    await clock.run(100);
    peers[0]?.send('on');
    await clock.run(100);
    process.removeAllListeners('uncaughtException');
    for (const listener of listeners) process.on('uncaughtException', listener);
    expect(uncaught).toHaveBeenCalledOnce();
    expect(log).toEqual(['open/1', 'message on']);
  });

  test.each([
    [true, ['error/3', 'close/3 1006 refused unclean'], []],
    [false, ['error/3', 'close/3 1006 refused unclean'], ['error/3', 'close/3 1006 refused unclean']],
  ])('takes turns with others to one host that is down, with the gate %s', async (enabled, first, second) => {
    const { clock, network, open } = dropInWorld({ gate: { enabled } });
    network.host('feed').down();
    const [one, two] = [open(), open('ws://feed/v2')];
    await clock.run(21);
    expect([one.log, two.log]).toEqual([first, second]);
    await clock.run(60_000);
    expect(two.log.at(-1)).toBe('close/3 1006 refused unclean');
  });

  test('two sockets to one URL are separate connections', async () => {
    const { clock, peers, open } = dropInWorld();
    const [one, two] = [open(), open()];
    await clock.run(100);
    one.ws.close();
    await clock.run(100);
    expect(peers).toHaveLength(2);
    expect([one.ws.readyState, two.ws.readyState]).toEqual([3, 1]);
  });
});

describe('send() of a drop-in WebSocket', () => {
  test('sends all types of the standard in order, with the bytes at the time of the call', async () => {
    const { clock, heard, open } = dropInWorld();
    const { ws } = open();
    await clock.run(100);
    const bytes = new Uint8Array([1, 2, 3]);
    ws.send(bytes.subarray(1));
    bytes.fill(9);
    ws.send(new Blob(['blob']));
    ws.send(new Uint16Array([513]).buffer);
    ws.send(42);
    ws.send(undefined);
    await clock.run(100);
    expect(heard).toEqual([
      new Uint8Array([2, 3]),
      new TextEncoder().encode('blob'),
      new Uint8Array([1, 2]),
      '42',
      'undefined',
    ]);
  });

  test('sends pending blobs before the close frame', async () => {
    const { clock, heard, open } = dropInWorld();
    const { ws, log } = open();
    await clock.run(100);
    ws.send(new Blob(['last words']));
    ws.close();
    await clock.run(100);
    expect(heard).toEqual([new TextEncoder().encode('last words')]);
    expect(log.at(-1)).toBe('close/3 1005  clean');
  });

  test('throws while connecting, and only grows bufferedAmount after the end', async () => {
    const { clock, peers, open } = dropInWorld();
    const { ws } = open();
    expect(() => ws.send('early')).toThrow(expect.objectContaining({ name: 'InvalidStateError' }));
    expect(ws.bufferedAmount).toBe(0);
    await clock.run(100);
    peers[0]?.close();
    await clock.run(100);
    ws.send('läte');
    expect(ws.bufferedAmount).toBe(5);
  });

  test('counts bufferedAmount until a message is written', async () => {
    const { clock, open } = dropInWorld();
    const { ws } = open();
    await clock.run(100);
    ws.send('ä€');
    ws.send(new Uint8Array(10));
    expect(ws.bufferedAmount).toBe(15);
    await clock.run(1);
    expect(ws.bufferedAmount).toBe(0);
  });

  test('sends a text that equals the heartbeat', async () => {
    const { clock, peers, heard, open } = dropInWorld({ textHeartbeat: { ping: 'ping' } });
    const { ws, log } = open();
    await clock.run(100);
    ws.send('ping');
    peers[0]?.send('ping');
    peers[0]?.send('pong');
    await clock.run(100);
    expect(heard).toEqual(['ping']);
    expect(log).toEqual(['open/1', 'message ping', 'message pong']);
  });
});

describe('text heartbeats of a drop-in WebSocket', () => {
  test('send the ping text, and count any message as the answer', async () => {
    const { clock, peers, open } = dropInWorld({ textHeartbeat: { ping: 'are you there' } });
    const { ws, log } = open();
    await clock.run(100);
    const peer = peers[0];
    if (peer !== undefined) peer.onMessage = () => peer.send('yes');
    await clock.run(35_000);
    expect(ws.readyState).toBe(1);
    expect(log.filter((line) => line === 'message yes').length).toBeGreaterThanOrEqual(3);
  });

  test('do not deliver messages that match pong', async () => {
    const { clock, peers, open } = dropInWorld({ textHeartbeat: { ping: 'ping', pong: /^pong/ } });
    const { log } = open();
    await clock.run(100);
    const peer = peers[0];
    if (peer !== undefined) peer.onMessage = () => peer.send('pong 1');
    await clock.run(35_000);
    expect(log).toEqual(['open/1']);
  });

  test.each([
    [{ ping: '' }, 'textHeartbeat.ping'],
    [{ ping: 'x', pong: 7 as never }, 'textHeartbeat.pong'],
  ])('are refused with invalid options: %j', (textHeartbeat, path) => {
    expect(() => createWebSocketClass({ textHeartbeat })).toThrow(path);
  });
});

describe('binaryType', () => {
  test('applies at the time of arrival, and ignores unknown values', async () => {
    const { clock, peers, open } = dropInWorld();
    const { ws, log } = open();
    await clock.run(100);
    expect(ws.binaryType).toBe('blob');
    peers[0]?.send(new Uint8Array(3));
    await clock.run(100);
    ws.binaryType = 'arraybuffer';
    ws.binaryType = 'nodebuffer' as never;
    peers[0]?.send(new Uint8Array(4));
    await clock.run(100);
    expect(log).toEqual(['open/1', 'message blob 3', 'message buffer 4']);
  });
});

describe('a drop-in WebSocket with reopen', () => {
  test('opens again after a loss, and sends the messages in between', async () => {
    const { clock, network, peers, heard, open } = dropInWorld({ reopen: true });
    const { ws, log } = open();
    await clock.run(100);
    network.host('feed').down();
    await clock.run(100);
    expect(ws.readyState).toBe(0);
    ws.send('meanwhile');
    expect(ws.bufferedAmount).toBe(9);
    network.host('feed').up();
    await clock.run(60_000);
    expect(peers).toHaveLength(2);
    expect(heard).toEqual(['meanwhile']);
    expect(log).toEqual(['open/1', 'open/1']);
    ws.close(1000, 'done');
    await clock.run(100);
    expect(log.at(-1)).toBe('close/3 1000 done clean');
  });

  test('throws at send() before the first open', () => {
    const { open } = dropInWorld({ reopen: true });
    expect(() => open().ws.send('early')).toThrow(expect.objectContaining({ name: 'InvalidStateError' }));
  });

  test('fires error for a message lost to a full outbox, and goes on', async () => {
    const { clock, network, open } = dropInWorld({ reopen: true, outbox: { messages: 1 } });
    const { ws, log } = open();
    await clock.run(100);
    network.host('feed').down();
    await clock.run(100);
    ws.send('kept');
    ws.send('lost');
    await clock.settle();
    expect(log).toEqual(['open/1', 'error/0']);
    network.host('feed').up();
    await clock.run(60_000);
    expect(log.at(-1)).toBe('open/1');
  });

  test('fires close when the policy gives up, and not before', async () => {
    const { clock, sockets, unserve, open } = dropInWorld({ reopen: true });
    unserve();
    await clock.settle();
    sockets.serve(
      'feed',
      () => {},
      () => ({ status: 401 }),
    );
    const { log } = open();
    await clock.run(1000);
    expect(log).toEqual(['error/3', 'close/3 1006 unauthorized unclean']);
  });

  test('does not reconnect when closed between two sockets', async () => {
    const { clock, network, peers, open } = dropInWorld({ reopen: true });
    const { ws, log } = open();
    await clock.run(100);
    network.host('feed').down();
    await clock.run(100);
    ws.close();
    network.host('feed').up();
    await clock.run(600_000);
    expect(peers).toHaveLength(1);
    expect(log).toEqual(['open/1', 'close/3 1006 closed-by-us unclean']);
    expect(clock.pending).toBe(0);
  });

  test('delivers messages under way when a socket is replaced', async () => {
    const { clock, peers, open } = dropInWorld({ reopen: true, deadlines: { maxAge: '10s' } });
    const { log } = open();
    await clock.run(10_035);
    peers[0]?.send('before the goodbye arrived');
    await clock.run(5000);
    expect(log).toEqual(['open/1', 'message before the goodbye arrived', 'open/1']);
  });

  test('removes a lost message from bufferedAmount', async () => {
    const { clock, network, open } = dropInWorld({ reopen: true, outbox: { messages: 1 } });
    const { ws } = open();
    await clock.run(100);
    network.host('feed').down();
    await clock.run(100);
    ws.send('kept');
    ws.send('lost');
    network.host('feed').up();
    await clock.run(60_000);
    expect(ws.bufferedAmount).toBe(0);
  });

  test('keeps the order after an unreadable blob', async () => {
    const { clock, heard, open } = dropInWorld({ reopen: true });
    const { ws } = open();
    await clock.run(100);
    const slow = deferred<ArrayBuffer>();
    ws.send(Object.assign(new Blob(['slow']), { arrayBuffer: () => slow.promise }));
    ws.send(Object.assign(new Blob(['broken']), { arrayBuffer: () => Promise.reject(new Error('gone')) }));
    await clock.run(10);
    ws.send('after');
    await clock.run(10);
    slow.resolve(new ArrayBuffer(4));
    await clock.run(100);
    expect(heard).toEqual([new Uint8Array(4), 'after']);
    expect(ws.bufferedAmount).toBe(0);
  });
});

describe('on… handlers of a drop-in WebSocket', () => {
  test('are called in the order of their first setting, also when replaced', async () => {
    const { clock, open } = dropInWorld();
    const { ws } = open();
    const calls: string[] = [];
    ws.addEventListener('open', () => calls.push('first'));
    ws.onopen = () => calls.push('replaced');
    ws.addEventListener('open', () => calls.push('last'));
    ws.onopen = function (this: unknown, event) {
      calls.push(`handler ${this === ws && event.target === ws}`);
    };
    await clock.run(100);
    expect(calls).toEqual(['first', 'handler true', 'last']);
  });

  test.each([null, undefined, 7, 'text'])('are none when set to %j', async (none) => {
    const { clock, open } = dropInWorld();
    const { ws } = open();
    const handler = vi.fn();
    ws.onopen = handler;
    expect(ws.onopen).toBe(handler);
    ws.onopen = none as never;
    expect(ws.onopen).toBeNull();
    await clock.run(100);
    expect(handler).not.toHaveBeenCalled();
  });
});
