/** Metrics in virtual time, against the events of the same run, with the SDK of OpenTelemetry. */
import { readFileSync } from 'node:fs';
import { diag, type Meter } from '@opentelemetry/api';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { StateEvent } from '../../src/actors/supervisor/events.ts';
import { instrument } from '../../src/opentelemetry/instrument.ts';
import { instrumentRows } from '../../src/opentelemetry/instruments.ts';
import { lineServer, type World, world } from '../support/world.ts';
import { later } from '../transport/peers.ts';
import { collector } from './collected.ts';

const url = 'memory://feed';
const policy = {
  heartbeat: { interval: 1000, suspectAfter: { min: 500, max: 500 }, condemnAfter: 3000 },
  reconnect: { backoff: { base: 500, jitter: 'none' } },
} as const;

afterEach(() => diag.disable());

/** Connections that live, are frozen twice, once too long, and one that is refused all the time. */
async function lived(here: World): Promise<void> {
  const { supervisor, clock, network } = here;
  network.serve('feed', lineServer);
  for (const id of ['one', 'two']) supervisor.connect({ id, url });
  supervisor.connect({ id: 'nobody', url: 'memory://nobody' });
  await clock.run(5000);
  network.host('feed').freeze();
  await clock.run(2500);
  network.host('feed').thaw();
  await clock.run(5000);
  network.host('feed').freeze();
  await clock.run(5200);
}

function measured(options: object = {}) {
  const here = world(policy);
  later(() => here.supervisor.actor.stop());
  const { provider, collect } = collector();
  const instrumentation = instrument(here.supervisor, { meterProvider: provider, ...options });
  return { ...here, provider, collect, instrumentation };
}

function moves({ events }: World): StateEvent[] {
  return events.filter((event) => event.event === 'state');
}

describe('metrics', () => {
  test('metrics: counters have what the events of the same run say', async () => {
    const here = measured();
    await lived(here);
    const all = await here.collect();
    const states = moves(here);
    const count = (holds: (event: StateEvent) => boolean) => states.filter(holds).length;
    expect(all['holdfast.connection.incarnations']?.values['']).toBe(count(({ from }) => from === undefined));
    expect(all['holdfast.connection.suspicions']?.values['']).toBe(count(({ to }) => to === 'suspect'));
    const refuted = count(({ from, to }) => from === 'suspect' && to === 'alive');
    expect(refuted).toBeGreaterThan(1);
    expect(all['holdfast.connection.refutations']?.values['']).toBe(refuted);
    const exits = Object.fromEntries(
      ['heartbeat-timeout', 'refused'].map((reason) => [
        `holdfast.exit.class=retryable,holdfast.exit.reason=${reason}`,
        count((event) => event.to === 'closed' && event.reason === reason),
      ]),
    );
    expect(Math.min(...Object.values(exits))).toBeGreaterThan(1);
    expect(all['holdfast.connection.exits']?.values).toEqual(exits);
  });

  test('metrics: what is read has each state, also those that no connection is in', async () => {
    const here = measured();
    await lived(here);
    const { supervisor, collect } = here;
    const held = supervisor.get('nobody')?.send('a line');
    held?.catch(() => {});
    const all = await collect();
    const byState: Record<string, number> = {};
    for (const state of ['connecting', 'alive', 'suspect', 'closing', 'closed', 'waiting'])
      byState[`holdfast.connection.state=${state}`] = 0;
    for (const { status, state } of supervisor.connections) {
      const name = `holdfast.connection.state=${status === 'running' ? state : status}`;
      byState[name] = (byState[name] ?? 0) + 1;
    }
    expect(all['holdfast.connection.count']).toEqual({ unit: '{connection}', values: byState });
    expect(all['holdfast.outbox.messages']).toEqual({ unit: '{message}', values: { '': 1 } });
    expect(all['holdfast.outbox.size']).toEqual({ unit: 'By', values: { '': 7 } });
    const gates = [...supervisor.gates];
    expect(gates.length).toBeGreaterThan(0);
    const failed = gates.filter(({ state }) => state === 'failed').length;
    expect(all['holdfast.gate.count']?.values['holdfast.gate.state=failed']).toBe(failed);
    expect(all['holdfast.gate.waiting']?.values['']).toBe(
      gates.reduce((sum, { waiting }) => sum + waiting, 0),
    );
  });

  test('metrics: round trips are in seconds, one for each answered heartbeat', async () => {
    const here = measured();
    const samples: number[] = [];
    here.supervisor.samples$.subscribe(({ rttMs }) => samples.push(rttMs));
    await lived(here);
    const { 'holdfast.connection.rtt': rtt } = await here.collect();
    expect(rtt?.unit).toBe('s');
    expect(rtt?.count).toBe(samples.length);
    expect(samples.length).toBeGreaterThan(5);
    expect(rtt?.sum).toBeCloseTo(samples.reduce((sum, ms) => sum + ms, 0) / 1000, 9);
  });

  test('metrics: the time to a verdict counts from the last sign of life', async () => {
    const here = measured();
    await lived(here);
    const { 'holdfast.connection.detection.duration': detection } = await here.collect();
    const verdicts = moves(here).filter(
      ({ from, reason }) => from === 'suspect' && reason === 'heartbeat-timeout',
    );
    expect(verdicts).toHaveLength(2);
    expect(detection).toMatchObject({ unit: 's', count: 2 });
    // A heartbeat falls due within a second of silence, and the verdict comes three seconds after it was sent.
    expect((detection?.sum ?? 0) / 2).toBeGreaterThan(3.8);
    expect((detection?.sum ?? 0) / 2).toBeLessThan(4.2);
  });

  test('metrics: no attribute has an id or a URL, unless `attributes` adds it', async () => {
    const plain = measured();
    await lived(plain);
    expect(JSON.stringify(await plain.collect())).not.toMatch(/memory|nobody/);
    const labelled = measured({ attributes: ({ id }: { id: string }) => ({ feed: id }) });
    await lived(labelled);
    const all = await labelled.collect();
    const begun = (id: string) =>
      moves(labelled).filter(({ connection, from }) => connection === id && from === undefined).length;
    expect(all['holdfast.connection.incarnations']?.values).toEqual({
      'feed=one': begun('one'),
      'feed=two': begun('two'),
      'feed=nobody': begun('nobody'),
    });
    expect(all['holdfast.connection.rtt']?.values).toHaveProperty(['feed=one']);
    const waiting = 'feed=nobody,holdfast.connection.state=waiting';
    expect(all['holdfast.connection.count']?.values).toMatchObject({ [waiting]: 1 });
  });

  test('metrics: docs/metrics.md has each instrument with its unit', () => {
    const text = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| `(holdfast\.[\w.]+)` +\|[^|]*\| `([^`]+)` +\|/gm)];
    expect(rows.map(([, name, unit]) => `${name} ${unit}`).sort()).toEqual(
      instrumentRows.map(([name, unit]) => `${name} ${unit}`).sort(),
    );
  });

  test.each(['stop', 'supervisor'])('metrics: nothing is counted or read after the end by %s', async (by) => {
    const here = measured();
    await lived(here);
    if (by === 'stop') here.instrumentation.stop();
    else {
      const stopped = here.supervisor.stop();
      await here.clock.run(10_000);
      await stopped;
    }
    const before = await here.collect();
    expect(before['holdfast.connection.count']).toBeUndefined();
    if (by === 'stop') await here.clock.run(20_000);
    expect((await here.collect())['holdfast.connection.incarnations']).toEqual(
      before['holdfast.connection.incarnations'],
    );
    here.instrumentation.stop();
  });
});

describe('metrics that throw', () => {
  function evil(): Meter {
    const fail = () => {
      throw new Error('no meter');
    };
    const thing = { add: fail, record: fail };
    return {
      createCounter: () => thing,
      createHistogram: () => thing,
      createObservableUpDownCounter: () => thing,
      addBatchObservableCallback: () => {},
      removeBatchObservableCallback: fail,
    } as unknown as Meter;
  }

  test.each([
    ['a meter', { meter: evil() }],
    ['attributes', { attributes: () => JSON.parse('{') }],
  ])('metrics: %s that throws goes to diag, and changes no connection', async (_, options) => {
    const error = vi.fn();
    const silent = () => {};
    diag.setLogger({ error, warn: silent, info: silent, debug: silent, verbose: silent });
    const [evilly, plainly] = [measured(options), world(policy)];
    await Promise.all([lived(evilly), lived(plainly)]);
    await evilly.collect();
    expect(error).toHaveBeenCalledWith('holdfast: exception in a meter', expect.any(Error));
    expect(evilly.states()).toEqual(plainly.states());
    evilly.instrumentation.stop();
    plainly.supervisor.actor.stop();
  });
});

describe('samples$', () => {
  test('samples$: has each round trip once, with its connection, and completes with the supervisor', async () => {
    const { supervisor, clock, network } = world(policy);
    network.serve('feed', lineServer);
    const connection = supervisor.connect({ id: 'feed', url });
    const seen: unknown[] = [];
    const complete = vi.fn();
    supervisor.samples$.subscribe({ next: (sample) => seen.push(sample), complete });
    await clock.run(500);
    const rtt = connection.probe();
    await clock.run(100);
    expect(seen.at(-1)).toEqual({
      connection: 'feed',
      url,
      incarnation: 1,
      rttMs: await rtt,
      smoothedMs: connection.rtt?.smoothed,
    });
    const stopped = supervisor.stop();
    await clock.run(5000);
    await stopped;
    expect(complete).toHaveBeenCalledOnce();
  });

  test('samples$: a subscriber that closes the connection changes no step under way', async () => {
    const { supervisor, clock, network, states } = world(policy);
    network.serve('feed', lineServer);
    const connection = supervisor.connect({ id: 'feed', url });
    supervisor.samples$.subscribe(() => void connection.close());
    await clock.run(5000);
    expect(states().at(-1)).toBe('closing>closed:closed-by-us');
  });
});
