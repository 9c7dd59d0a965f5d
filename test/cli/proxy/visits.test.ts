/** Health checks of a proxy are no news: their lines are at `debug`. */
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { closedPort } from '../../transport/peers.ts';
import { FakeIo, type Line } from '../fake-io.ts';
import { client, loopback, some, started, upstreamOn } from './proxying.ts';

function ioAt(level: string): FakeIo {
  const io = new FakeIo();
  io.env.HOLDFAST_LOG = level;
  return io;
}

const isRelayed = ({ event }: Line) => event === 'relayed';
const of = (io: FakeIo, ...ids: string[]) =>
  io.lines.filter(({ connection, client: id }) => ids.includes(String(connection ?? id)));

describe('a client of a proxy that sends nothing', () => {
  test.each(['end', 'resetAndDestroy'] as const)('and leaves by %s has lines at debug alone', async (how) => {
    const upstream = await upstreamOn();
    const io = ioAt('debug');
    const { port } = await started(io, loopback, upstream.url);
    const here = client(port);
    await once(here, 'connect');
    here[how]();
    const there = await upstream.accepted();
    there.resume().end();
    expect(await io.line(isRelayed)).toMatchObject({ level: 20, up: 0, down: 0 });
    const lines = of(io, 'accepted-1', 'upstream-1');
    expect(lines.map(({ connection }) => connection)).toEqual(
      expect.arrayContaining(['accepted-1', 'upstream-1']),
    );
    expect(new Set(lines.map(({ level }) => level))).toEqual(new Set([20]));
  });

  test('is not seen at info, and the client after it is', async () => {
    const upstream = await upstreamOn();
    const io = ioAt('info');
    const { port } = await started(io, loopback, upstream.url);
    const check = client(port);
    (await upstream.accepted()).resume().end();
    check.end();
    await once(check.resume(), 'close');
    const here = client(port);
    here.write('hello');
    const there = await upstream.accepted();
    await some(there, 5);
    there.end();
    here.end();
    expect(await io.line(isRelayed)).toMatchObject({ client: 'accepted-2', up: 5 });
    expect(of(io, 'accepted-1', 'upstream-1')).toEqual([]);
    const states = of(io, 'upstream-2').map(({ to }) => to);
    expect(states.slice(0, 2)).toEqual(['connecting', 'alive']);
  });

  test('and stays for a second has lines as any other', async () => {
    const upstream = await upstreamOn();
    const io = ioAt('info');
    const { port } = await started(io, loopback, upstream.url);
    const here = client(port);
    expect(
      await io.line(({ connection, to }) => connection === 'upstream-1' && to === 'alive'),
    ).toMatchObject({
      level: 30,
    });
    here.end();
    (await upstream.accepted()).resume().end();
    expect(await io.line(isRelayed)).toMatchObject({ level: 30, client: 'accepted-1', up: 0 });
  });

  test('finds an upstream that is down: that is news', async () => {
    const io = ioAt('info');
    const { port } = await started(io, loopback, `tcp://127.0.0.1:${await closedPort()}`);
    client(port);
    expect(await io.line(isRelayed)).toMatchObject({ level: 30, outcome: 'upstream-lost' });
    expect(
      await io.line(({ connection, to }) => connection === 'upstream-1' && to === 'closed'),
    ).toMatchObject({
      reason: 'refused',
    });
  });
});
