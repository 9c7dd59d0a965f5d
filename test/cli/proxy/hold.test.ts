import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { FakeIo } from '../fake-io.ts';
import { all, client, loopback, proxying, some, started, upstreamOn } from './proxying.ts';
import { quickly } from './tunnels.ts';
import { messages, webSockets } from './websockets.ts';

const hold = ['--on-loss', 'hold', ...quickly] as const;

describe('holdfast proxy --on-loss hold', () => {
  test.each(['an end of the stream', 'a reset'])('goes on after %s with the next upstream', async (how) => {
    const upstream = await upstreamOn();
    const { port, io } = await proxying(loopback, upstream.url, ...hold);
    const here = client(port);
    const first = await upstream.accepted();
    here.write('one ');
    expect(await some(first, 4)).toBe('one ');
    first.write('1 ');
    if (how === 'a reset') first.resetAndDestroy();
    else await upstream.end();
    await io.line(({ event, to }) => event === 'state' && to === 'closed');
    here.write('two ');
    const next = how === 'a reset' ? upstream : await upstreamOn(upstream.port);
    const second = await next.accepted();
    expect(await some(second, 4)).toBe('two ');
    here.end('three');
    expect(String(await all(second))).toBe('three');
    second.end('2');
    expect(String(await all(here))).toBe('1 2');
  });

  test('waits for an upstream that is not there yet', async () => {
    const gone = await upstreamOn();
    await gone.end();
    const { port, io } = await proxying(loopback, gone.url, ...hold);
    const here = client(port);
    here.write('early');
    await io.line(({ event }) => event === 'reconnect-scheduled');
    const there = await (await upstreamOn(gone.port)).accepted();
    expect(await some(there, 5)).toBe('early');
  });

  test('drops a line that the upstream did not finish', async () => {
    const upstream = await upstreamOn();
    const { port, io } = await proxying(loopback, upstream.url, '--protocol', 'line', ...hold);
    const here = client(port);
    const first = await upstream.accepted();
    first.write('whole\nhal');
    expect(await some(here, 6)).toBe('whole\n');
    first.resetAndDestroy();
    const second = await upstream.accepted();
    second.write('next\n');
    expect(await some(here, 5)).toBe('next\n');
    expect(io.lines.some(({ event }) => event === 'relayed')).toBe(false);
  });

  test('a loss after the end of the client breaks it off', async () => {
    const upstream = await upstreamOn();
    const { port, io } = await proxying(loopback, upstream.url, ...hold);
    const here = client(port);
    here.end('all');
    const there = await upstream.accepted();
    expect(String(await all(there))).toBe('all');
    there.resetAndDestroy();
    expect((await once(here, 'error'))[0].code).toBe('ECONNRESET');
    expect(await io.line(({ event }) => event === 'relayed')).toMatchObject({ outcome: 'upstream-lost' });
  });

  test('lines go on with the next WebSocket, whichever way the one before ended', async () => {
    const { url, accepted, next } = await webSockets();
    const { port, io } = await proxying(loopback, url, ...hold);
    const here = client(port);
    let there = await accepted;
    for (const [at, end] of (['close', 'terminate'] as const).entries()) {
      const following = next();
      there[end]();
      await io.line(({ event, incarnation }) => event === 'reconnect-scheduled' && incarnation === at + 1);
      here.write(`${end}\n`);
      there = await following;
      expect(await messages(there, 1)).toEqual([end]);
    }
  });

  test('a client that ends while its upstream is not there waits for one more dial', async () => {
    const gone = await upstreamOn();
    await gone.end();
    const { port, io } = await proxying(loopback, gone.url, ...hold);
    const here = client(port);
    await io.line(({ event }) => event === 'reconnect-scheduled');
    here.end();
    expect((await once(here, 'error'))[0].code).toBe('ECONNRESET');
    expect(await io.line(({ event }) => event === 'relayed')).toMatchObject({ outcome: 'upstream-lost' });
  });

  test('an upstream is given up when its client is gone', async () => {
    const upstream = await upstreamOn();
    // A client that has sent nothing may be a health check.
    const io = Object.assign(new FakeIo(), { env: { HOLDFAST_LOG: 'debug' } });
    const { port } = await started(io, loopback, upstream.url, ...hold);
    const here = client(port);
    const there = await upstream.accepted();
    here.destroy();
    expect(await all(there)).toHaveLength(0);
    there.end();
    expect(await io.line(({ event }) => event === 'relayed')).toMatchObject({ outcome: 'ended' });
  });
});
