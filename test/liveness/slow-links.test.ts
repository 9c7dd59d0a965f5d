/** Bytes that the kernel took have not departed. Virtual time; the policy is the default unless a test says otherwise. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../src/actors/supervisor/handle.ts';
import type { PolicyConfig } from '../../src/config/policy.ts';
import { aheadAfter, recentRates, transitOf } from '../../src/policy/transit.ts';
import { line } from '../../src/protocols/line.ts';
import { websocket } from '../../src/protocols/websocket.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { memoryNetwork } from '../../src/testing/network/memory.ts';
import { memoryWebSockets } from '../../src/testing/network/memory-websockets.ts';
import { expectNothingLeft, type World, world } from '../support/world.ts';

const kbit = 1000 / 8;

/** A connection to a peer that answers, over an uplink of that rate behind a kernel buffer of that size. */
async function slow(
  bytesPerSecond: number,
  windowBytes: number,
  heartbeat: NonNullable<PolicyConfig['heartbeat']> = {},
) {
  const here = world({ heartbeat });
  const host = here.network.host('feed');
  host.bytesPerSecond = bytesPerSecond;
  host.windowBytes = windowBytes;
  here.network.serve('feed', (peer) => {
    let end = '';
    peer.onData = (chunk) => {
      const text = end + new TextDecoder().decode(chunk);
      end = text.slice(text.lastIndexOf('\n') + 1).slice(-5);
      peer.write('PONG\n'.repeat(text.split('PING\n').length - 1));
    };
  });
  const connection = here.supervisor.connect<string>({
    url: 'memory://feed',
    protocol: line({ maxMessageBytes: 2 ** 24 }),
  });
  await here.clock.run(500);
  expect(connection.state).toBe('alive');
  return { here, host, connection };
}

/** Seconds from now to the verdict. */
async function condemnedAfter({ clock }: World, connection: Connection): Promise<number> {
  const from = clock.scheduler.now();
  await clock.until(() => connection.state === 'closing' || connection.state === 'closed', 300_000);
  return (clock.scheduler.now() - from) / 1000;
}

describe('slow link: handed to the kernel is not departed', () => {
  test.each([
    [64, 400_000, 150_000],
    [64, 300_000, 300_000],
    [64, 1_000_000, 150_000],
    [128, 1_000_000, 300_000],
    [256, 1_000_000, 600_000],
  ])(
    '%d kbit/s with messages of %d bytes behind a kernel buffer of %d bytes ends no connection',
    async (rate, bytes, window) => {
      const { here, connection } = await slow(rate * kbit, window);
      for (let n = 0; n < 3; n++) {
        const sent = connection.send('x'.repeat(bytes));
        await here.clock.run((1000 * bytes) / (rate * kbit) + 20_000);
        expect(await (await sent).confirmed).toBe('confirmed');
      }
      expect(connection).toMatchObject({ incarnation: 1, state: 'alive' });
      expect(here.states().filter((state) => state.includes('closing'))).toEqual([]);
      await expectNothingLeft(here);
    },
  );

  test('a WebSocket with fragments over 64 kbit/s stays', async () => {
    const clock = virtualClock({ seed: 1 });
    const network = memoryNetwork({ clock, windowBytes: 150_000 });
    const sockets = memoryWebSockets(network);
    const here = {
      ...world({ clock, transports: [sockets.transport], protocols: { websocket } }),
      clock,
      network,
    };
    network.host('feed').bytesPerSecond = 64 * kbit;
    sockets.serve('feed', () => {});
    const connection = here.supervisor.connect({ url: 'ws://feed' });
    await clock.run(500);
    void connection.send('x'.repeat(400_000));
    await clock.run(90_000);
    expect(connection).toMatchObject({ incarnation: 1, state: 'alive' });
    await expectNothingLeft(here);
  });

  test('a peer frozen behind 4 MB that the kernel took is condemned within interval + condemnAfter + transitMax', async () => {
    for (const rate of [64 * kbit, Number.POSITIVE_INFINITY]) {
      const { here, host, connection } = await slow(rate, 4 * 2 ** 20);
      host.freeze();
      for (let n = 0; n < 130; n++) void connection.send('x'.repeat(30_000));
      const seconds = await condemnedAfter(here, connection);
      expect(seconds).toBeGreaterThan(39);
      expect(seconds).toBeLessThanOrEqual(50.05);
      await expectNothingLeft(here);
    }
  });

  test('a fast link that answered behind much a minute ago or less has next to no transit', async () => {
    const { here, host, connection } = await slow(Number.POSITIVE_INFINITY, 4 * 2 ** 20);
    void connection.send('x'.repeat(500_000));
    await here.clock.run(15_000);
    host.freeze();
    for (let n = 0; n < 100; n++) void connection.send('x'.repeat(30_000));
    expect(await condemnedAfter(here, connection)).toBeLessThan(20.5);
    await expectNothingLeft(here);
  });

  test('transitMax 0 condemns as if nothing were ahead', async () => {
    const { here, host, connection } = await slow(Number.POSITIVE_INFINITY, 4 * 2 ** 20, { transitMax: 0 });
    host.freeze();
    void connection.send('x'.repeat(1_000_000));
    expect(await condemnedAfter(here, connection)).toBeLessThanOrEqual(20.05);
    await expectNothingLeft(here);
  });
});

describe('transit: the formula', () => {
  test('is bytes by rate, at 8 kB/s without one, and at most the limit', () => {
    expect([
      transitOf(80_000, undefined, 30_000),
      transitOf(80_000, 40, 30_000),
      transitOf(1e9, 8, 30_000),
    ]).toEqual([10_000, 2000, 30_000]);
  });

  test('a link of at least 64 kbit/s never holds more than is taken to be ahead', () => {
    const writes = fc.array(fc.record({ wait: fc.nat(20_000), bytes: fc.nat(200_000) }), { maxLength: 40 });
    fc.assert(
      fc.property(writes, fc.integer({ min: 8, max: 1000 }), (steps, rate) => {
        let [ahead, held] = [0, 0];
        for (const { wait, bytes } of steps) {
          held = Math.max(0, held - wait * rate) + bytes;
          ahead = aheadAfter(ahead, wait, bytes);
          expect(held).toBeLessThanOrEqual(ahead);
        }
      }),
    );
  });

  test('the rate is the greatest of the last minute', () => {
    const measured = fc.array(fc.record({ wait: fc.nat(30_000), rate: fc.integer({ min: 1, max: 1000 }) }));
    fc.assert(
      fc.property(measured, (steps) => {
        let now = 0;
        let rates: ReturnType<typeof recentRates> = [];
        const all: { rate: number; at: number }[] = [];
        for (const { wait, rate } of steps) {
          now += wait;
          rates = recentRates(rates, now, { rate, at: now });
          all.push({ rate, at: now });
          const recent = all.filter(({ at }) => at >= now - 60_000).map((each) => each.rate);
          expect(rates[0]?.rate).toBe(Math.max(...recent));
        }
      }),
    );
  });
});
