import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { flightRecorder } from '../../../src/actors/incarnation/flight-recorder.ts';
import type { Recorder, Tape } from '../../../src/actors/incarnation/recorder.ts';
import { connectionMachine } from '../../../src/machines/connection.ts';
import { supervisionMachine } from '../../../src/machines/supervision.ts';
import { type ExitReason, reasonClasses } from '../../../src/policy/exits.ts';
import { lineServer, world } from '../../support/world.ts';

const url = 'memory://feed';
const alive = { from: { connecting: 'dialing' }, to: 'alive' } as const;

function recorded(recorder: Recorder, times: readonly number[], verdict?: { reason: ExitReason }): Tape {
  let tape: Tape;
  for (const now of times) {
    const event = { type: 'opened', proof: 'opening' } as const;
    tape = recorder.record(tape, { chart: 'connection', event, ...alive, verdict }, now);
  }
  return tape;
}

describe('flight recorder: the history of a connection', () => {
  test('has each move of both charts, with time and cause', async () => {
    const here = world({ recorder: flightRecorder() });
    here.network.serve('feed', lineServer);
    const connection = here.supervisor.connect({ url, reconnect: { backoff: { jitter: 'none' } } });
    await here.clock.run(5000);
    here.network.host('feed').freeze();
    await here.clock.run(20_000);
    const history = connection.history();
    expect(
      history.map(({ incarnation, event, from = '', to }) => `${incarnation} ${event}: ${from}>${to}`),
    ).toEqual([
      '0 admitted: >running.kept',
      '1 start: >connecting.dialing',
      '1 opened: connecting.dialing>connecting.handshaking',
      '1 bytes-received: connecting.handshaking>alive',
      '1 deadline-expired: alive>suspect.silent',
      '1 deadline-expired: suspect.silent>closing.aborting',
      '1 socket-closed: closing.aborting>closed',
      '1 exited: running.kept>backing-off.delay',
      '1 due: backing-off.delay>queued.asking',
      '1 admitted: queued.asking>running.kept',
      '2 start: >connecting.dialing',
      '2 opened: connecting.dialing>connecting.handshaking',
    ]);
    expect(history.map(({ deadline }) => deadline).filter(Boolean)).toEqual(['suspect', 'condemn']);
    expect(history.at(6)).toMatchObject({ reason: 'heartbeat-timeout' });
    expect((history[5]?.at ?? 0) - (history[4]?.at ?? 0)).toBe(9500);
    const supervised = history.filter(({ chart }) => chart === 'supervision');
    expect(supervised.map(({ event }) => event)).toEqual(['admitted', 'exited', 'due', 'admitted']);
  });

  test('has the deadline of a provider that never answers', async () => {
    const here = world({ recorder: flightRecorder() });
    const connection = here.supervisor.connect({ id: 'one', url: () => new Promise<never>(() => {}) });
    await here.clock.run(10_500);
    expect(connection.history().slice(1, 3)).toMatchObject([
      { event: 'start', to: 'connecting.preparing' },
      { event: 'deadline-expired', deadline: 'provider', from: 'connecting.preparing', to: 'closed' },
    ]);
  });

  test('is in the log of a connection that gives up, with the code and detail of its exits', async () => {
    const here = world({ recorder: flightRecorder() });
    here.supervisor.connect({ url, reconnect: { maxAttempts: 1 } });
    await here.clock.run(60_000);
    const last = here.events.at(-1);
    expect(last).toMatchObject({ event: 'gave-up' });
    expect(last).toHaveProperty('history');
    const history = last?.event === 'gave-up' ? (last.history ?? []) : [];
    expect(history.filter(({ to }) => to === 'closed')).toMatchObject([
      { reason: 'refused', code: 'ECONNREFUSED' },
      { reason: 'refused', code: 'ECONNREFUSED' },
    ]);
  });

  test('is empty without a recorder, and then not in the log', async () => {
    const here = world();
    const connection = here.supervisor.connect({ url, reconnect: { maxAttempts: 1 } });
    await here.clock.run(60_000);
    expect(connection.history()).toEqual([]);
    expect(here.events.at(-1)).not.toHaveProperty('history');
  });

  test('has the crash of a chart that throws', async () => {
    const machine = connectionMachine.provide({
      actions: {
        releaseMessages: () => {
          throw new Error('a bug');
        },
      },
    });
    const here = world({ recorder: flightRecorder(), machine });
    here.network.serve('feed', lineServer);
    const connection = here.supervisor.connect({ url, reconnect: { maxAttempts: 1 } });
    await here.clock.run(50);
    expect(connection.history().find(({ to }) => to === 'closed')).toMatchObject({
      event: 'failed',
      reason: 'crashed',
      detail: 'a bug',
    });
  });

  test('survives a recorder that throws: the connection takes the same course', async () => {
    const course = async (recorder: Recorder | null) => {
      const here = world({ recorder });
      here.network.serve('feed', lineServer);
      const connection = here.supervisor.connect({ url });
      await here.clock.run(1000);
      here.network.host('feed').freeze();
      await here.clock.run(40_000);
      return { states: here.states(), history: connection.history(), reported: here.reported };
    };
    const fails = () => {
      throw new Error('a broken recorder');
    };
    const broken = await course({ record: fails, read: fails });
    expect(broken.states).toEqual((await course(null)).states);
    expect(broken.history).toEqual([]);
    expect(new Set(broken.reported.map(([, where]) => where))).toEqual(new Set(['recorder']));
  });
});

describe('flight recorder: a tape', () => {
  test('keeps the newest moves, as many as were asked for', () => {
    const recorder = flightRecorder({ entries: 4 });
    const tape = recorded(recorder, [10, 20, 30, 40, 50, 60]);
    const history = recorder.read(tape, { incarnation: 1, now: 100, wall: 1_000_100 });
    expect(history.map(({ at }) => at - 1_000_000)).toEqual([30, 40, 50, 60]);
    expect(history.map(({ from }) => from)).toEqual([undefined, 'alive', 'alive', 'alive']);
  });

  test('has the time of the first move of all on its oldest entry, once that move was dropped', () => {
    const recorder = flightRecorder({ entries: 3 });
    const reading = { incarnation: 1, now: 1000, wall: 5000 };
    const firsts = (times: readonly number[]) =>
      recorder.read(recorded(recorder, times), reading).map(({ at, firstAt }) => [at, firstAt]);
    expect(firsts([1, 2, 3])).toEqual([1, 2, 3].map((now) => [4000 + now, undefined]));
    expect(firsts([1, 2, 3, 4, 5, 6, 7, 8])).toEqual([
      [4006, 4001],
      [4007, undefined],
      [4008, undefined],
    ]);
  });

  test('gives back times exactly, over years of uptime', () => {
    const years = 20 * 365 * 86_400_000;
    fc.assert(
      fc.property(fc.nat(years), fc.array(fc.nat(86_400_000), { maxLength: 8 }), (begin, steps) => {
        const recorder = flightRecorder();
        let now = begin;
        const times = steps.map((step) => {
          now += step;
          return now;
        });
        const history = recorder.read(recorded(recorder, times), { incarnation: 1, now, wall: now });
        expect(history.map(({ at }) => at)).toEqual(times);
      }),
    );
  });

  test.each(Object.keys(reasonClasses) as ExitReason[])('gives back the reason %s', (reason) => {
    const recorder = flightRecorder();
    const tape = recorded(recorder, [10], { reason });
    expect(recorder.read(tape, { incarnation: 1, now: 10, wall: 10 })).toMatchObject([{ reason }]);
  });

  test('gives back every event and state of the chart', () => {
    const recorder = flightRecorder({ entries: 100 });
    const move = {
      chart: 'connection',
      from: 'alive',
      to: { closing: 'parting' },
      verdict: undefined,
    } as const;
    let tape: Tape;
    for (const type of connectionMachine.events) {
      tape = recorder.record(tape, { ...move, event: { type } as never }, 1);
    }
    const history = recorder.read(tape, { incarnation: 1, now: 1, wall: 1 });
    expect(history.map(({ event }) => event)).toEqual(connectionMachine.events);
    expect(new Set(history.map(({ to }) => to))).toEqual(new Set(['closing.parting']));
  });

  test('gives back every event and state of the supervision chart, between connection moves', () => {
    const recorder = flightRecorder({ entries: 100 });
    let tape = recorded(recorder, [1]);
    const types = supervisionMachine.events;
    const from = 'queued.asking';
    for (const type of types) {
      const move = { chart: 'supervision', event: { type } as never, from, to: 'backing-off.hint' } as const;
      tape = recorder.record(tape, move, 2);
    }
    tape = recorder.record(
      tape,
      { chart: 'connection', event: { type: 'opened', proof: 'opening' }, ...alive, verdict: undefined },
      3,
    );
    const history = recorder.read(tape, { incarnation: 1, now: 3, wall: 3 });
    expect(history[0]).not.toHaveProperty('chart');
    expect(history.slice(1, -1).map(({ chart, event, to }) => [chart, event, to])).toEqual(
      types.map((type) => ['supervision', type, 'backing-off.hint']),
    );
    expect(history.at(-1)).toEqual({ at: 3, incarnation: 1, event: 'opened', from: 'alive', to: 'alive' });
  });

  test('keeps no step of the supervision chart that stays in its state', () => {
    const recorder = flightRecorder();
    const stay = {
      chart: 'supervision',
      event: { type: 'keep' },
      from: 'running.kept',
      to: 'running.kept',
    } as const;
    expect(recorder.record(undefined, stay, 1)).toBeUndefined();
  });

  test('says so for a state of a foreign chart', () => {
    const recorder = flightRecorder();
    const tape = recorder.record(
      undefined,
      {
        chart: 'connection',
        event: { type: 'opened', proof: 'opening' },
        from: 'alive',
        to: { resting: 'deeply' },
        verdict: undefined,
      },
      1,
    );
    expect(recorder.read(tape, { incarnation: 1, now: 1, wall: 1 })).toMatchObject([{ to: '(other)' }]);
  });

  test.each([0, 1.5, 5000])('of %s entries is refused', (entries) => {
    expect(() => flightRecorder({ entries })).toThrow('entries:');
  });
});
