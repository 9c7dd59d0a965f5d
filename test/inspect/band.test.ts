/** The last hour of a list: from flight recorders, and from counts. */
import { describe, expect, test } from 'vitest';
import { flightRecorder } from '../../src/actors/incarnation/flight-recorder.ts';
import { BAND_MS, type Band, FleetBand, STEP_MS, stretchesOf } from '../../src/inspect/band.ts';
import { countsOf } from '../../src/inspect/counts.ts';
import { lineServer, world } from '../support/world.ts';
import { later } from '../transport/peers.ts';
import { reporting } from './reports/reporting.ts';
import { inspected, Visitor } from './visitor.ts';

const none = countsOf([]);
const start = 1_000_000 * STEP_MS;
const last = ({ steps }: Band) => steps.at(-1);

describe('stretches of a flight recorder', () => {
  test('stretches: a connection is waiting until it is alive, and between two sockets', () => {
    const moves = [
      { at: 0, chart: 'supervision', to: 'running.kept' },
      { at: 0, to: 'connecting.dialing' },
      { at: 10, to: 'alive' },
      { at: 50, to: 'suspect.silent' },
      { at: 60, to: 'closing.aborting' },
      { at: 61, to: 'closed' },
      { at: 61, chart: 'supervision', to: 'backing-off.delay' },
      { at: 80, chart: 'supervision', to: 'running.kept' },
      { at: 80, to: 'connecting.dialing' },
      { at: 85, to: 'alive' },
    ] as const;
    expect(stretchesOf(moves, 100)).toEqual([
      { from: 0, to: 10, condition: 'waiting' },
      { from: 10, to: 50, condition: 'alive' },
      { from: 50, to: 60, condition: 'suspect' },
      { from: 60, to: 85, condition: 'waiting' },
      { from: 85, to: 100, condition: 'alive' },
    ]);
  });

  test('stretches: what was closed by this side, or rests, is in no condition; what gave up is', () => {
    const ended = (to: string) => [
      { at: 0, to: 'alive' },
      { at: 10, to: 'closed' },
      { at: 10, chart: 'supervision', to } as const,
    ];
    expect(stretchesOf(ended('left'), 30)).toEqual([{ from: 0, to: 10, condition: 'alive' }]);
    expect(stretchesOf(ended('resting'), 30)).toEqual([{ from: 0, to: 10, condition: 'alive' }]);
    expect(stretchesOf(ended('gave-up'), 30).at(-1)).toEqual({ from: 10, to: 30, condition: 'gave-up' });
  });
});

describe('band of a fleet', () => {
  test('band: counts become averages of half a minute, and go after an hour', () => {
    const band = new FleetBand(start);
    band.advance(start + STEP_MS / 2, { ...none, alive: 4 });
    band.advance(start + STEP_MS, { ...none, alive: 2, suspect: 2 });
    expect(last(band.view())).toEqual([3, 1, 0, 0]);
    band.advance(start + STEP_MS + 3000, {
      ...none,
      connecting: 1,
      waiting: 2,
      'gave-up': 1,
      left: 9,
      resting: 9,
    });
    expect(last(band.view())).toEqual([0, 0, 3, 1]);
    expect(band.view().steps).toHaveLength(BAND_MS / STEP_MS);
    band.advance(start + STEP_MS + BAND_MS, none);
    expect(
      band
        .view()
        .steps.flat()
        .every((share) => share === 0),
    ).toBe(true);
  });

  test('band: what is older than an hour does not count, and the rest is shared out over steps', () => {
    const band = new FleetBand(start + BAND_MS);
    band.add({ from: start - BAND_MS, to: start + BAND_MS, condition: 'alive' });
    const { from, steps } = band.view();
    expect(from).toBe(start);
    expect(steps.every(([alive]) => alive === 1)).toBe(true);
  });

  test('band: a band that came over the wire goes on as the one it is a copy of', () => {
    const one = new FleetBand(start);
    one.advance(start + 10_000, { ...none, alive: 3 });
    const copy = FleetBand.of(one.view(), start + 10_000);
    for (const band of [one, copy]) band.advance(start + 25_000, { ...none, suspect: 1 });
    expect(copy.view()).toEqual(one.view());
  });
});

describe('band on the wire', () => {
  test('band: the first viewer gets the hour before it, from flight recorders', async () => {
    const { supervisor, clock, network } = world({
      recorder: flightRecorder(),
      heartbeat: { interval: '1m', suspectAfter: { min: 1000, max: 1000 }, condemnAfter: '20m' },
    });
    later(() => supervisor.actor.stop());
    network.serve('feed', lineServer);
    for (const id of ['one', 'two']) supervisor.connect({ id, url: 'memory://feed' });
    await clock.run(1_800_000 - 60_000);
    network.host('feed').freeze();
    await clock.run(600_000);
    const visitor = await Visitor.to(await inspected(supervisor));
    const { band } = await visitor.saw('full');
    const sums = (band?.steps ?? []).map((step) => step.reduce((sum, share) => sum + share, 0));
    expect(sums.slice(-60).every((sum) => Math.abs(sum - 2) < 0.01)).toBe(true);
    expect(band?.steps.at(-1)?.[1]).toBeCloseTo(2);
    expect(band?.steps.at(-40)?.[0]).toBeCloseTo(2);
    const known = sums.findIndex((sum) => sum > 0);
    expect((sums.length - known) * STEP_MS).toBeLessThan(2_400_000);
  });

  test('band: a reporter has its own, also for a page that comes later', async () => {
    const { page, visit, until } = await reporting();
    page.supervisor.connect({ id: 'feed', url: 'memory://feed' });
    await page.clock.run(120_000);
    const first = await visit();
    await until(() => first.rows('shop').get('feed')?.state === 'alive');
    const begun = page.clock.scheduler.now();
    await until(() => page.clock.scheduler.now() - begun > 90_000);
    const second = await visit();
    await until(() => second.rows('shop').size === 1);
    const band = second.all('full').findLast(({ reporter }) => reporter === 'shop')?.band;
    expect(band?.steps.slice(-3).every(([alive]) => alive > 0.9)).toBe(true);
  });
});
