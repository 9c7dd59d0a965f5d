import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { all, client, loopback, proxying, some, upstreamOn } from './proxying.ts';

const noise = (length: number) => Buffer.from(Array.from({ length }, (_, at) => (at * 7919) % 251));

describe('holdfast proxy between streams', () => {
  test('passes bytes both ways, and either end alone', async () => {
    const upstream = await upstreamOn();
    const { port, io } = await proxying(loopback, upstream.url);
    const here = client(port);
    const sent = noise(300_000);
    here.end(sent);
    const there = await upstream.accepted();
    expect((await all(there)).equals(sent)).toBe(true);
    // The client has ended, and still reads.
    there.write('late ');
    there.end('answer');
    expect(String(await all(here))).toBe('late answer');
    expect(await io.line(({ event }) => event === 'relayed')).toMatchObject({
      client: 'accepted-1',
      upstream: 'upstream-1',
      outcome: 'ended',
      up: 300_000,
      down: 11,
    });
  });

  test('the upstream ends first, and still reads', async () => {
    const upstream = await upstreamOn();
    const { port } = await proxying(loopback, upstream.url);
    const here = client(port);
    const there = await upstream.accepted();
    there.end('hello');
    expect(String(await all(here))).toBe('hello');
    here.end('goodbye');
    expect(String(await all(there))).toBe('goodbye');
  });

  test('a client that breaks off is a reset for its upstream', async () => {
    const upstream = await upstreamOn();
    const { port, io } = await proxying(loopback, upstream.url);
    const here = client(port);
    const there = await upstream.accepted();
    here.write('half of');
    await some(there, 7);
    here.resetAndDestroy();
    const [error] = await once(there, 'error');
    expect(error.code).toBe('ECONNRESET');
    expect(await io.line(({ event }) => event === 'relayed')).toMatchObject({ outcome: 'client-lost' });
  });

  test('an upstream that breaks off is a reset for its client, after what it sent', async () => {
    const upstream = await upstreamOn();
    const { port, io } = await proxying(loopback, upstream.url);
    const here = client(port);
    const there = await upstream.accepted();
    there.write('half of');
    expect(await some(here, 7)).toBe('half of');
    there.resetAndDestroy();
    const [error] = await once(here, 'error');
    expect(error.code).toBe('ECONNRESET');
    expect(await io.line(({ event }) => event === 'relayed')).toMatchObject({ outcome: 'upstream-lost' });
  });

  test('an upstream that refuses is a reset for each of many clients, which do not wait for each other', async () => {
    const upstream = await upstreamOn();
    await upstream.end();
    const { port } = await proxying(loopback, upstream.url);
    const clients = Array.from({ length: 20 }, () => once(client(port), 'error'));
    for (const [error] of await Promise.all(clients)) expect(error.code).toBe('ECONNRESET');
  });
});
