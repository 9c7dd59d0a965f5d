import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { earliest } from '../../src/actors/incarnation/streams.ts';
import { defaultPolicy, type HeartbeatPolicy } from '../../src/config/policy.ts';
import { Pulse } from '../../src/liveness/pulse.ts';
import type { HeartbeatMode } from '../../src/ports/protocol.ts';

const never = Number.POSITIVE_INFINITY;
/** The longest gap: a heartbeat is due after one whole interval, here 10 s. */
const whole = () => 1;

function started(mode: HeartbeatMode | undefined, changes: Partial<HeartbeatPolicy> = {}, now = 0): Pulse {
  return new Pulse(mode, { ...defaultPolicy.heartbeat, ...changes }, now, whole);
}

/** A heartbeat that the kernel takes at once. */
function beat(pulse: Pulse, now: number): number {
  const id = pulse.heartbeatQueued(now, whole);
  pulse.heartbeatWritten(id, now, now);
  return id;
}

describe('pulse: the next heartbeat', () => {
  test.each<[HeartbeatMode | undefined, start: number, heardAt5s: number, spokeAt5s: number, both: number]>([
    ['probe', 10_000, 10_000, 10_000, 15_000],
    ['announce', 0, 0, 15_000, 15_000],
    ['exchange', 0, 0, 15_000, 15_000],
    ['listen', never, never, never, never],
    [undefined, never, never, never, never],
  ])('in mode %s is due by the inbound and the outbound clock as listed', (mode, ...expected) => {
    const due = (heard: boolean, spoke: boolean) => {
      const pulse = started(mode);
      if (heard) pulse.heard(5000);
      if (spoke) pulse.spoke(5000, 0, whole);
      return pulse.heartbeatAt;
    };
    expect([due(false, false), due(true, false), due(false, true), due(true, true)]).toEqual(expected);
  });

  test('counts from the start of the incarnation', () => {
    expect(started('probe', {}, 123_000).heartbeatAt).toBe(133_000);
  });

  test('is drawn anew after each heartbeat, between nine tenths of the interval and one', () => {
    const draws = [0, 0.5, 0.25005];
    const random = () => draws.shift() ?? Number.NaN;
    const pulse = new Pulse('announce', defaultPolicy.heartbeat, 0, random);
    pulse.heartbeatQueued(0, random);
    const first = pulse.heartbeatAt;
    pulse.heartbeatQueued(10_000, random);
    const second = pulse.heartbeatAt - 10_000;
    pulse.heartbeatQueued(20_000, random);
    expect([first, second, pulse.heartbeatAt - 20_000]).toEqual([9000, 9500, 9250]);
  });

  test('a peer that streams to us still hears from us once per interval', () => {
    const pulse = started('probe');
    let beats = 0;
    for (let now = 100; now <= 100_000; now += 100) {
      pulse.heard(now);
      if (pulse.heartbeatAt > now) continue;
      beat(pulse, now);
      beats++;
    }
    expect(beats).toBe(10);
  });

  test('a peer that is silent is asked although we stream to it', () => {
    const pulse = started('probe');
    for (let now = 100; now <= 9900; now += 100) pulse.spoke(now, 0, whole);
    expect(pulse.heartbeatAt).toBe(10_000);
  });
});

describe('pulse: an unanswered probe', () => {
  test('is followed by others at d, 3d and 7d, and then by none', () => {
    const pulse = started('probe');
    const times = [10_000];
    for (let now = 10_000; now < never; now = pulse.heartbeatAt) {
      beat(pulse, now);
      times.push(pulse.heartbeatAt);
    }
    expect(times).toEqual([10_000, 11_000, 13_000, 17_000, never]);
  });

  test.each<[string, Partial<HeartbeatPolicy>, number]>([
    ['after a second, while nothing was timed', {}, 11_000],
    ['not before min', { suspectAfter: { min: 1500, max: 2000 } }, 11_500],
    ['not after max', { suspectAfter: { min: 100, max: 300 } }, 10_300],
  ])('is suspicious %s', (_title, changes, expected) => {
    const pulse = started('probe', changes);
    beat(pulse, 10_000);
    expect(pulse.suspectAt).toBe(expected);
  });

  test('is suspicious by the round trips that were timed', () => {
    const pulse = started('probe');
    const id = beat(pulse, 10_000);
    pulse.heard(10_400);
    pulse.ponged(id, 10_400);
    beat(pulse, 20_000);
    expect(pulse.suspectAt).toBe(20_000 + 400 + 4 * 200);
  });

  test('counts from when the kernel took it, not from when it was queued', () => {
    const pulse = started('probe');
    const id = pulse.heartbeatQueued(10_000, whole);
    expect([pulse.asking, pulse.suspectAt, pulse.heartbeatAt, pulse.condemnAt(60_000)]).toEqual([
      true,
      never,
      never,
      never,
    ]);
    pulse.heartbeatWritten(id, 13_000, 13_000);
    expect([pulse.suspectAt, pulse.heartbeatAt]).toEqual([14_000, 14_000]);
  });

  test('of which there are several counts from the first', () => {
    const pulse = started('probe');
    beat(pulse, 10_000);
    beat(pulse, 11_000);
    beat(pulse, 13_000);
    expect([pulse.suspectAt, pulse.condemnAt(13_000)]).toEqual([11_000, 20_000]);
  });

  test('is answered by any byte', () => {
    const pulse = started('probe');
    beat(pulse, 10_000);
    beat(pulse, 11_000);
    pulse.heard(11_500);
    expect([pulse.asking, pulse.suspectAt, pulse.condemnAt(1e12)]).toEqual([false, never, never]);
  });

  test('that was answered while still queued does not count the silence when it leaves', () => {
    const pulse = started('probe');
    const late = pulse.heartbeatQueued(10_000, whole);
    pulse.heard(12_000);
    pulse.heartbeatWritten(late, 13_000, 13_000);
    expect(pulse.suspectAt).toBe(never);
    beat(pulse, 30_000);
    expect(pulse.suspectAt).toBe(31_000);
  });

  test('from before the last answer does not speak for the next one', () => {
    const pulse = started('probe');
    const stale = pulse.heartbeatQueued(10_000, whole);
    pulse.heard(12_000);
    pulse.heartbeatQueued(22_000, whole);
    pulse.heartbeatWritten(stale, 23_000, 23_000);
    expect(pulse.suspectAt).toBe(never);
  });
});

describe('pulse: bytes that a look has found', () => {
  test('refute the silence, and put off no heartbeat', () => {
    const pulse = started('probe');
    pulse.heard(10_000, earliest(pulse, 10_000));
    expect([pulse.heartbeatAt, pulse.suspectAt]).toEqual([10_000, never]);
  });

  test('answer the probe, and the next one is due an interval after it', () => {
    const pulse = started('probe');
    beat(pulse, 10_000);
    pulse.heard(11_000, earliest(pulse, 11_000));
    expect([pulse.asking, pulse.suspectAt, pulse.heartbeatAt]).toEqual([false, never, 20_000]);
  });

  test('begin the silence of a peer that announces itself anew', () => {
    const pulse = started('listen');
    pulse.heard(15_000, earliest(pulse, 15_000));
    expect(pulse.suspectAt).toBe(35_000);
  });
});

describe('pulse: the verdict', () => {
  test.each<[HeartbeatMode, Partial<HeartbeatPolicy>, suspectAt: number, condemnAt: number]>([
    ['probe', {}, 11_000, 20_000],
    ['probe', { condemnAfter: 0 }, 11_000, 10_000],
    ['listen', {}, 20_000, 30_000],
    ['listen', { condemnAfter: 0 }, 20_000, 20_000],
    ['exchange', { interval: 3000 }, 6000, 16_000],
    ['announce', {}, never, never],
  ])('in mode %s with %j', (mode, changes, suspectAt, condemnAt) => {
    const pulse = started(mode, changes);
    if (mode === 'probe') beat(pulse, 10_000);
    expect([pulse.suspectAt, pulse.condemnAt(60_000)]).toEqual([suspectAt, condemnAt]);
  });

  test('does not come near before there is a suspicion', () => {
    const pulse = started('probe');
    beat(pulse, 10_000);
    expect(pulse.condemnAt(10_999)).toBe(never);
    expect(pulse.condemnAt(11_000)).toBe(20_000);
  });

  test('in mode listen is delayed by each inbound byte', () => {
    const pulse = started('listen');
    pulse.heard(15_000);
    expect([pulse.suspectAt, pulse.condemnAt(34_999)]).toEqual([35_000, never]);
  });

  test('never comes without heartbeats', () => {
    const pulse = started(undefined, { interval: null });
    expect([pulse.heartbeatAt, pulse.suspectAt, pulse.condemnAt(1e12)]).toEqual([never, never, never]);
  });
});

describe('pulse: after a stall of the own process', () => {
  test('the silence of a probe counts anew', () => {
    const pulse = started('probe');
    beat(pulse, 10_000);
    pulse.restart(15_000);
    expect([pulse.suspectAt, pulse.heartbeatAt, pulse.condemnAt(16_000)]).toEqual([16_000, 16_000, 25_000]);
  });

  test('the silence of an announcing peer counts anew', () => {
    const pulse = started('listen');
    pulse.restart(15_000);
    expect(pulse.suspectAt).toBe(35_000);
  });

  test('a probe that is still queued stays unasked', () => {
    const pulse = started('probe');
    pulse.heartbeatQueued(10_000, whole);
    pulse.restart(15_000);
    expect(pulse.suspectAt).toBe(never);
  });

  test('the evidence still tells the whole silence', () => {
    const pulse = started('listen');
    pulse.restart(15_000);
    expect(pulse.evidence(16_000, 0, 0).silenceMs).toBe(16_000);
  });

  test('what is under way is not timed, and the next one is again', () => {
    const pulse = started('probe');
    const spoiled = beat(pulse, 10_000);
    pulse.stalled();
    pulse.ponged(spoiled, 15_000);
    expect(pulse.rtt).toBeUndefined();
    pulse.ponged(beat(pulse, 20_000), 20_030);
    expect(pulse.rtt?.last).toBe(30);
  });
});

describe('pulse: a round trip', () => {
  /** Pings at 1000, 2000, … ms, then pongs as `[id, at]`; returns the newest sample. */
  function timed(pings: number, pongs: readonly [id: number | undefined, at: number][]): number | undefined {
    const pulse = started('probe');
    for (let ping = 1; ping <= pings; ping++) beat(pulse, ping * 1000);
    for (const [id, at] of pongs) pulse.ponged(id, at);
    return pulse.rtt?.last;
  }

  test.each<[string, number, [number | undefined, number][], number | undefined]>([
    ['is timed by id', 1, [[1, 1040]], 40],
    ['is timed without ids, if there is one ping', 1, [[undefined, 1040]], 40],
    ['is timed by the newest id of several', 3, [[3, 3040]], 40],
    [
      'is timed when the answers to earlier pings came first',
      3,
      [
        [1, 2900],
        [2, 3010],
        [3, 3040],
      ],
      40,
    ],
    ['is not timed by the id of an earlier ping', 3, [[2, 3040]], undefined],
    ['is not timed without ids, if there are several pings', 2, [[undefined, 2040]], undefined],
    [
      'is timed without ids, once the other pings were answered',
      2,
      [
        [undefined, 2010],
        [undefined, 2040],
      ],
      40,
    ],
    [
      'is timed once, however often the answer comes',
      1,
      [
        [1, 1040],
        [1, 1900],
      ],
      40,
    ],
    [
      'is timed once without ids too',
      1,
      [
        [undefined, 1040],
        [undefined, 1900],
      ],
      40,
    ],
    ['is not timed by an id that was not sent', 1, [[7, 1040]], undefined],
    [
      'is not timed by a pong without any ping',
      0,
      [
        [undefined, 1040],
        [0, 1040],
        [1, 1040],
      ],
      undefined,
    ],
  ])('%s', (_title, pings, pongs, expected) => {
    expect(timed(pings, pongs)).toBe(expected);
  });

  test('starts when the kernel took the ping', () => {
    const pulse = started('probe');
    const id = pulse.heartbeatQueued(1000, whole);
    pulse.heartbeatWritten(id, 3000, 3000);
    pulse.ponged(id, 3040);
    expect(pulse.rtt?.last).toBe(40);
  });

  test('is not timed by an answer that comes before the kernel is known to have the ping', () => {
    const pulse = started('probe');
    pulse.ponged(pulse.heartbeatQueued(1000, whole), 1040);
    expect(pulse.rtt).toBeUndefined();
  });

  test('is timed to the fraction of a millisecond, while all else counts whole ones', () => {
    const pulse = started('probe');
    const id = pulse.heartbeatQueued(1000, whole);
    pulse.heartbeatWritten(id, 1000, 1000.25);
    expect(pulse.suspectAt).toBe(2000);
    pulse.ponged(id, 1000.75);
    expect(pulse.rtt?.last).toBe(0.5);
  });

  test('is smoothed', () => {
    const pulse = started('probe');
    pulse.ponged(beat(pulse, 1000), 1100);
    pulse.ponged(beat(pulse, 2000), 2180);
    expect(pulse.rtt).toEqual({ smoothed: 110, variance: 57.5, last: 180 });
  });

  test('has another id for each heartbeat', () => {
    const pulse = started('probe');
    expect([beat(pulse, 1), beat(pulse, 2), beat(pulse, 3)]).toEqual([1, 2, 3]);
  });

  test('stays unknown in mode announce', () => {
    const pulse = started('announce');
    pulse.ponged(beat(pulse, 1000), 1040);
    expect([pulse.rtt, pulse.asking]).toEqual([undefined, false]);
  });
});

describe('pulse: answers without ids', () => {
  /** The ping that each answer counts for, of a peer that answers each of them, and streams. */
  test('that come after any time, while the peer streams, count for their own ping', () => {
    const step = fc.record({
      wait: fc.nat(20_000),
      what: fc.constantFrom('beat', 'beat', 'byte', 'byte', 'answer', 'stall', 'pause', 'resume', 'work'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        const pulse = started('probe', { interval: 300, condemnAfter: 0, transitMax: 0 });
        let now = 0;
        let answers = 0;
        let pings = 0;
        for (const { wait, what } of steps) {
          now += wait;
          if (what === 'beat') pings = beat(pulse, now);
          if (what === 'byte' || what === 'answer') pulse.heard(now);
          if (what === 'answer' && answers < pings) expect(pulse.ponged(undefined, now)).toBe(++answers);
          if (what === 'stall') pulse.stalled();
          if (what === 'pause') pulse.pause();
          if (what === 'resume') pulse.resume(now);
          if (what === 'work') pulse.allow(wait, now);
        }
      }),
    );
  });

  test('count for nothing where no ping waits for one', () => {
    const pulse = started('probe');
    const answered = [pulse.ponged(undefined, 10)];
    beat(pulse, 1000);
    answered.push(pulse.ponged(undefined, 1010), pulse.ponged(undefined, 1020));
    expect(answered).toEqual([0, 1, 0]);
  });

  test('in mode probe count for its own pings, where the peer answered none of the mode before', () => {
    const pulse = started('announce');
    for (let ping = 1; ping <= 3; ping++) beat(pulse, ping * 1000);
    pulse.reconfigure('probe', defaultPolicy.heartbeat, 4000, whole);
    const id = beat(pulse, 5000);
    expect([pulse.ponged(undefined, 5040), pulse.rtt?.last]).toEqual([id, 40]);
  });

  test('to pings of mode announce are still theirs in mode probe', () => {
    const pulse = started('announce');
    const ids = [beat(pulse, 1000), beat(pulse, 2000)];
    const answered = [pulse.ponged(undefined, 2010)];
    pulse.reconfigure('probe', defaultPolicy.heartbeat, 3000, whole);
    ids.push(beat(pulse, 4000));
    answered.push(pulse.ponged(undefined, 4010), pulse.ponged(undefined, 4040));
    expect(answered).toEqual(ids);
  });
});

test('pulse: the evidence lists silence, probes, lateness and queued bytes', () => {
  const pulse = started('probe');
  pulse.heard(4000);
  beat(pulse, 14_000);
  beat(pulse, 15_000);
  expect(pulse.evidence(15_200, 7, 4096)).toEqual({
    silenceMs: 11_200,
    rtoMs: 1000,
    probes: 2,
    lateMs: 7,
    queuedBytes: 4096,
  });
});

test('pulse: a verdict needs a whole condemnAfter of silence after the kernel took a probe', () => {
  const step = fc.record({
    wait: fc.nat(5000),
    what: fc.constantFrom('beat', 'queue', 'take', 'heard', 'pong', 'spoke', 'stalled', 'restart'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
      const pulse = started('probe');
      let now = 0;
      let queued = 0;
      /** The earliest probe that was taken and not followed by a byte. */
      let unanswered = never;
      for (const { wait, what } of steps) {
        now += wait;
        if (what === 'beat' || what === 'queue') queued = pulse.heartbeatQueued(now, whole);
        if ((what === 'beat' || what === 'take') && queued > 0) {
          pulse.heartbeatWritten(queued, now, now);
          unanswered = Math.min(unanswered, now);
        }
        if (what === 'heard' || what === 'pong') {
          pulse.heard(now);
          unanswered = never;
        }
        if (what === 'pong') pulse.ponged(queued, now);
        if (what === 'spoke') pulse.spoke(now, 0, whole);
        if (what === 'stalled') pulse.stalled();
        if (what === 'restart') pulse.restart(now);
        if (unanswered !== never) expect(pulse.condemnAt(now)).toBeGreaterThanOrEqual(unanswered + 10_000);
        else expect(pulse.condemnAt(now)).toBe(never);
        expect(pulse.suspectAt).not.toBeNaN();
        expect(pulse.heartbeatAt).not.toBeNaN();
      }
    }),
  );
});

describe('pulse: while reading is paused', () => {
  test.each(['probe', 'listen', 'exchange', 'announce'] as const)(
    'nobody is suspected in mode %s',
    (mode) => {
      const pulse = started(mode);
      if (mode === 'probe') beat(pulse, 10_000);
      pulse.pause();
      expect([pulse.suspectAt, pulse.condemnAt(1e9)]).toEqual([
        Number.POSITIVE_INFINITY,
        Number.POSITIVE_INFINITY,
      ]);
    },
  );

  test('heartbeats leave twice as often, with or without unanswered probes', () => {
    const pulse = started('probe');
    pulse.pause();
    expect(pulse.heartbeatAt).toBe(5000);
    for (let n = 1; n <= 10; n++) beat(pulse, n * 5000);
    expect(pulse.heartbeatAt).toBe(55_000);
  });

  test('the silence begins anew when reading goes on', () => {
    const pulse = started('probe');
    beat(pulse, 10_000);
    pulse.pause();
    pulse.resume(100_000);
    expect(pulse.suspectAt).toBe(101_000);
  });

  test('answers give no round trip, neither to pings before nor to those meanwhile', () => {
    const pulse = started('probe');
    const before = beat(pulse, 10_000);
    pulse.pause();
    const meanwhile = beat(pulse, 15_000);
    pulse.resume(20_000);
    pulse.ponged(before, 20_001);
    pulse.ponged(meanwhile, 20_001);
    expect(pulse.rtt).toBeUndefined();
  });
});

test('pulse: a pong with an id that was never sent answers nothing', () => {
  const pulse = started('probe');
  const id = beat(pulse, 10_000);
  expect([pulse.ponged(id + 1, 10_010), pulse.ponged(0, 10_015), pulse.ponged(id, 10_020)]).toEqual([
    0,
    0,
    id,
  ]);
});
