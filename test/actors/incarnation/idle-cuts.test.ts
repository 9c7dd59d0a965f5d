/** The part `idleCuts`: a warning when something closes idle links, in virtual time. */
import { describe, expect, test } from 'vitest';
import { expectNothingLeft, type World, world } from '../../support/world.ts';

const url = 'memory://feed';
const quick = { backoff: { base: 100, cap: 100 } } as const;

/** A peer behind something that ends each link after so many milliseconds without a byte. */
function behind(here: World, idleMs: (link: number) => number, how: 'end' | 'reset' = 'end'): void {
  let links = 0;
  here.network.serve('feed', (peer) => {
    const after = idleMs(links++);
    let timer = here.clock.scheduler.schedule(cut, after);
    function cut(): void {
      peer[how]();
    }
    peer.onClose = () => timer.unsubscribe();
    peer.onData = (chunk) => {
      timer.unsubscribe();
      timer = here.clock.scheduler.schedule(cut, after);
      if (String(Buffer.from(chunk)).includes('PING')) peer.write('PONG\n');
    };
  });
}

function warningsOf({ events }: World): [number, string][] {
  return events.flatMap((event) => (event.event === 'warning' ? [[event.incarnation, event.detail]] : []));
}

const told =
  'cut 3 times after 60s without a byte in either direction: something on the way, or the peer, closes idle links; set heartbeat.interval below 60s';

describe('links that are cut after equal times of silence', () => {
  test.each(['end', 'reset'] as const)('give one warning for the id, at the third: %s', async (how) => {
    const here = world({ heartbeat: { interval: null }, reconnect: quick });
    behind(here, () => 60_000, how);
    here.supervisor.connect({ id: 'feed', url, protocol: 'raw' });
    await here.clock.run(190_000);
    expect(warningsOf(here)).toEqual([[3, told]]);
    await here.clock.run(600_000);
    expect(warningsOf(here)).toHaveLength(1);
    await expectNothingLeft(here);
  });

  test('count also when dials between them fail', async () => {
    const here = world({ heartbeat: { interval: null }, reconnect: quick });
    behind(here, () => 60_000);
    here.supervisor.connect({ id: 'feed', url, protocol: 'raw' });
    await here.clock.run(30_000);
    here.network.host('feed').refuse();
    await here.clock.run(35_000);
    here.network.host('feed').refuse(false);
    await here.clock.run(190_000);
    const [[incarnation, detail] = []] = warningsOf(here);
    expect(incarnation).toBeGreaterThan(3);
    expect(detail).toBe(told);
  });

  test('give a warning for each id that they hit', async () => {
    const here = world({ heartbeat: { interval: null }, reconnect: quick });
    behind(here, () => 60_000);
    for (const id of ['one', 'other']) here.supervisor.connect({ id, url, protocol: 'raw' });
    await here.clock.run(190_000);
    expect(
      here.events.flatMap((event) => (event.event === 'warning' ? [event.connection] : [])).sort(),
    ).toEqual(['one', 'other']);
  });

  test('count from the last byte in either direction', async () => {
    const here = world({ heartbeat: { interval: null }, reconnect: quick });
    behind(here, () => 60_000);
    const connection = here.supervisor.connect({ id: 'feed', url, protocol: 'raw' });
    for (let minutes = 0; minutes < 8; minutes++) {
      await here.clock.run(30_000);
      void connection.send(new Uint8Array(1)).catch(() => {});
      await here.clock.run(61_000);
    }
    expect(warningsOf(here)).toEqual([[3, told]]);
  });
});

describe('no warning', () => {
  test.each([
    ['the times differ', (link: number) => 60_000 + link * 10_000],
    ['the links live shortly', () => 2_000],
  ])('when %s', async (_what, idleMs) => {
    const here = world({ heartbeat: { interval: null }, reconnect: quick });
    behind(here, idleMs);
    here.supervisor.connect({ id: 'feed', url, protocol: 'raw' });
    await here.clock.run(900_000);
    expect(warningsOf(here)).toEqual([]);
  });

  test('when heartbeats keep the links', async () => {
    const here = world({ heartbeat: { interval: 30_000 }, reconnect: quick });
    behind(here, () => 60_000);
    const connection = here.supervisor.connect({ id: 'feed', url, protocol: 'line' });
    await here.clock.run(900_000);
    expect([warningsOf(here), connection.incarnation]).toEqual([[], 1]);
  });

  test('when the links are closed from this side', async () => {
    const here = world({ heartbeat: { interval: null }, reconnect: quick, deadlines: { maxAge: 60_000 } });
    behind(here, () => 900_000);
    const connection = here.supervisor.connect({ id: 'feed', url, protocol: 'raw' });
    await here.clock.run(900_000);
    expect(connection.incarnation).toBeGreaterThan(5);
    expect(warningsOf(here)).toEqual([]);
  });

  test('without the part', async () => {
    const here = world({ heartbeat: { interval: null }, reconnect: quick, parts: [] });
    behind(here, () => 60_000);
    const connection = here.supervisor.connect({ id: 'feed', url, protocol: 'raw' });
    await here.clock.run(300_000);
    expect(connection.incarnation).toBeGreaterThan(3);
    expect(warningsOf(here)).toEqual([]);
  });
});
