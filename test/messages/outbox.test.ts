import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DeliveryError, HoldfastError } from '../../src/base/errors.ts';
import type { OutboxPolicy, Overflow } from '../../src/config/policy.ts';
import { Message } from '../../src/messages/message.ts';
import { Outbox } from '../../src/messages/outbox.ts';
import { Expiry } from '../../src/messages/time-limits.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { systemClock } from '../../src/time/clock.ts';
import { Timekeeper } from '../../src/time/timekeeper.ts';

type Bounds = Pick<OutboxPolicy, 'messages' | 'bytes'>;

function limits(messages: number, bytes: number, overflow: Overflow = 'reject'): OutboxPolicy {
  return { messages, bytes, age: null, overflow };
}

const roomy = limits(1000, 1e6);

class Tracked extends Message {
  readonly rejected: Error[] = [];
  override reject(error: Error): void {
    this.rejected.push(error);
  }
}

function message(bytes: number, chunk: unknown = undefined): Tracked {
  return new Tracked(chunk, bytes);
}

function newOutbox(): Outbox {
  return new Outbox();
}

/** Pushes messages of these sizes; returns those that were taken. */
function taken(sizes: readonly number[], bounds: Bounds, outbox = newOutbox()): number[] {
  const messages = sizes.map((bytes) => message(bytes));
  for (const each of messages) outbox.push(each, { ...roomy, ...bounds });
  return messages.filter(({ rejected }) => rejected.length === 0).map(({ bytes }) => bytes);
}

describe('outbox: an outbox', () => {
  test.each<[string, number[], Bounds, number[]]>([
    ['takes messages up to their number', [1, 2, 3], { messages: 2, bytes: 100 }, [1, 2]],
    ['takes messages up to their bytes', [60, 40, 1], { messages: 9, bytes: 100 }, [60, 40]],
    ['takes a small one where a large one had no room', [60, 50, 40], { messages: 9, bytes: 100 }, [60, 40]],
    ['refuses one that is larger than all its room', [101, 100], { messages: 9, bytes: 100 }, [100]],
    ['takes empty messages when its bytes are used up', [100, 0, 1], { messages: 9, bytes: 100 }, [100, 0]],
    ['counts empty messages', [0, 0, 0], { messages: 2, bytes: 100 }, [0, 0]],
  ])('%s', (_title, sizes, limits, expected) => {
    expect(taken(sizes, limits)).toEqual(expected);
  });

  test('says why it refused, once, and that the message never left', () => {
    const outbox = newOutbox();
    const refused = message(9);
    outbox.push(message(7), limits(1, 100));
    outbox.push(refused, limits(1, 100));
    expect(refused.rejected).toEqual([
      new DeliveryError('never-sent', 'the outbox is full (1 messages, 7 bytes)'),
    ]);
    expect(refused.rejected[0]).toMatchObject({ code: 'not-delivered', outcome: 'never-sent' });
  });

  test('has room again once a message left', () => {
    const outbox = newOutbox();
    expect(taken([10, 10], limits(1, 10), outbox)).toEqual([10]);
    outbox.shift();
    expect(taken([10, 10], limits(1, 10), outbox)).toEqual([10]);
  });

  test('keeps what it holds when its limits shrink', () => {
    const outbox = newOutbox();
    expect(taken([10, 10], roomy, outbox)).toEqual([10, 10]);
    expect(taken([1], { messages: 1, bytes: 5 }, outbox)).toEqual([]);
    expect(outbox.length).toBe(2);
  });

  test('gives nothing when it is empty', () => {
    const outbox = newOutbox();
    expect([outbox.shift(), outbox.length, outbox.bytes]).toEqual([undefined, 0, 0]);
  });

  test('when cleared tells every message the same, in order, and is empty', () => {
    const outbox = newOutbox();
    const told: number[] = [];
    const error = new HoldfastError('closed', 'over');
    for (const bytes of [1, 2, 3]) {
      const each = message(bytes);
      each.reject = (with_) => void (with_ === error && told.push(bytes));
      outbox.push(each, roomy);
    }
    outbox.clear(error);
    expect([told, outbox.length, outbox.bytes]).toEqual([[1, 2, 3], 0, 0]);
  });

  test('does not keep a message alive that has left', async () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const outbox = newOutbox();
    const left = leave(outbox);
    await new Promise<void>((resolve) => systemClock.afterIo(resolve));
    collect();
    expect([left.deref(), outbox.length]).toEqual([undefined, 1]);
  });
});

describe('outbox: a full outbox', () => {
  const held = 'the outbox is full (2 messages, 20 bytes)';

  /** Sends messages of 10 bytes, and one of `size` at the end; returns what each was told. */
  function told(overflow: Overflow, size = 10): (string | undefined)[] {
    const outbox = newOutbox();
    const messages = [10, 10, size].map((bytes) => message(bytes));
    for (const each of messages) outbox.push(each, limits(2, 20, overflow));
    return messages.map(
      ({ rejected: [error] }) => error && `${(error as DeliveryError).outcome}: ${error.message}`,
    );
  }

  test.each<[Overflow, (string | undefined)[]]>([
    ['reject', [undefined, undefined, `never-sent: ${held}`]],
    ['drop-newest', [undefined, undefined, `evicted: ${held}`]],
    ['drop-oldest', ['evicted: evicted from the full outbox by a newer message', undefined, undefined]],
  ])('with %s', (overflow, expected) => {
    expect(told(overflow)).toEqual(expected);
  });

  test.each<Overflow>(['reject', 'drop-newest', 'drop-oldest'])(
    'with %s evicts nothing for a message larger than the outbox',
    (overflow) => {
      expect(told(overflow, 21)).toEqual([undefined, undefined, `never-sent: ${held}`]);
    },
  );

  test('evicts as many as need be, the oldest first', () => {
    const outbox = newOutbox();
    const order: number[] = [];
    const messages = [3, 4, 5, 6, 9].map((bytes) => message(bytes));
    for (const each of messages) {
      each.reject = () => void order.push(each.bytes);
      outbox.push(each, limits(9, 18, 'drop-oldest'));
    }
    expect([order, outbox.length, outbox.bytes]).toEqual([[3, 4, 5], 2, 15]);
  });
});

describe('outbox: expiry', () => {
  /** Messages that expire at these times; `gone` tells their places, in the order of their rejections. */
  function expiring(...times: number[]) {
    const clock = virtualClock();
    const timekeeper = new Timekeeper(clock);
    const outbox = new Outbox();
    const gone: number[] = [];
    const messages = times.map((at, n) => {
      const each = new Message(n, 1);
      if (at < Number.POSITIVE_INFINITY) each.expiry = new Expiry(each, { outbox, timekeeper }, at);
      each.reject = (error) =>
        void gone.push((error as DeliveryError).outcome === 'expired' ? n : Number.NaN);
      outbox.push(each, roomy);
      return each;
    });
    return { clock, timekeeper, outbox, messages, gone };
  }

  test('comes at its time, whichever messages wait in front', async () => {
    const { clock, outbox, gone } = expiring(30, 10, 20);
    await clock.run(9);
    expect(gone).toEqual([]);
    await clock.run(1);
    expect(gone).toEqual([1]);
    await clock.run(100);
    expect([gone, outbox.length, clock.pending]).toEqual([[1, 2, 0], 0, 0]);
  });

  test('at one time comes in the order of sending', async () => {
    const times = Array.from({ length: 50 }, () => 10);
    const { clock, gone } = expiring(...times);
    await clock.run(10);
    expect(gone).toEqual([...times.keys()]);
  });

  test('takes an alarm for each, behind one timer, and none when nothing can expire any more', async () => {
    const { clock, timekeeper, outbox } = expiring(30, 10, Number.POSITIVE_INFINITY);
    expect([timekeeper.size, clock.pending]).toEqual([2, 1]);
    outbox.shift();
    outbox.shift();
    expect([timekeeper.size, clock.pending, outbox.length]).toEqual([0, 0, 1]);
  });

  test('is looked at also when a stall kept the alarm from ringing', () => {
    const { clock, outbox, gone } = expiring(10, 50);
    clock.stall(20);
    expect([outbox.shift()?.chunk, gone]).toEqual([1, [0]]);
  });

  test('does nothing to a message that has left', async () => {
    const { clock, outbox, gone } = expiring(10);
    outbox.shift();
    await clock.run(20);
    expect(gone).toEqual([]);
  });
});

describe('outbox: a message that is taken back', () => {
  test('leaves from any place, and the others keep their order', () => {
    const outbox = newOutbox();
    const messages = [1, 2, 3, 4, 5].map((bytes) => message(bytes));
    for (const each of messages) outbox.push(each, roomy);
    const taken = [0, 2, 4].map((at) => outbox.remove(messages[at] as Tracked));
    expect([taken, outbox.length, outbox.bytes]).toEqual([[true, true, true], 2, 6]);
    expect([outbox.shift(), outbox.shift(), outbox.shift()]).toEqual([messages[1], messages[3], undefined]);
  });

  test('is none when it has left, or was never in', () => {
    const outbox = newOutbox();
    const [inside, outside] = [message(1), message(1)];
    outbox.push(inside, roomy);
    outbox.shift();
    expect([outbox.remove(inside), outbox.remove(outside), outbox.length]).toEqual([false, false, 0]);
  });
});

/** Two go in and one comes out; only a weak reference to that one remains. */
function leave(outbox: Outbox): WeakRef<object> {
  outbox.push(message(1, new Uint8Array(1)), roomy);
  outbox.push(message(1), roomy);
  return new WeakRef(outbox.shift() ?? {});
}

test('outbox: any pushes, shifts, removals and clears are those of a plain list within the limits', () => {
  const command = fc.oneof(
    { weight: 6, arbitrary: fc.record({ push: fc.array(fc.nat(40), { maxLength: 400, size: 'max' }) }) },
    { weight: 6, arbitrary: fc.record({ shift: fc.nat(500) }) },
    { weight: 3, arbitrary: fc.record({ remove: fc.nat(500) }) },
    { weight: 1, arbitrary: fc.constant({ clear: true }) },
  );
  const bounds = fc.record({ messages: fc.integer({ min: 1, max: 3000 }), bytes: fc.nat(60_000) });
  fc.assert(
    fc.property(fc.array(command, { maxLength: 30, size: 'max' }), bounds, (commands, bounds) => {
      const outbox = newOutbox();
      let model: Tracked[] = [];
      const used = () => model.reduce((sum, { bytes }) => sum + bytes, 0);
      for (const each of commands) {
        if ('push' in each) {
          for (const bytes of each.push) {
            const next = message(bytes);
            const fits = model.length < bounds.messages && used() + bytes <= bounds.bytes;
            outbox.push(next, { ...roomy, ...bounds });
            expect(next.rejected).toHaveLength(fits ? 0 : 1);
            if (fits) model.push(next);
          }
        } else if ('shift' in each) {
          for (let left = each.shift; left > 0; left--) expect(outbox.shift()).toBe(model.shift());
        } else if ('remove' in each) {
          const [gone] = model.splice(each.remove, 1);
          if (gone !== undefined) expect(outbox.remove(gone)).toBe(true);
        } else {
          outbox.clear(new HoldfastError('closed', 'over'));
          expect(model.every(({ rejected }) => rejected.length === 1)).toBe(true);
          model = [];
        }
        expect([outbox.length, outbox.bytes]).toEqual([model.length, used()]);
      }
    }),
    { numRuns: 30 },
  );
});

test('outbox: keeps the order of thousands', () => {
  const outbox = newOutbox();
  const all = Array.from({ length: 5000 }, () => message(1));
  for (const each of all) outbox.push(each, limits(10_000, 10_000));
  expect(all.every((each) => outbox.shift() === each)).toBe(true);
  expect(outbox.shift()).toBeUndefined();
});
