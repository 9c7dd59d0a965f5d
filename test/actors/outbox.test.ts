import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Outbox, type Outgoing } from '../../src/actors/outbox.ts';
import { systemClock } from '../../src/clock.ts';
import type { OutboxPolicy } from '../../src/config/policy.ts';
import { DeliveryError, HoldfastError } from '../../src/errors.ts';

const roomy: OutboxPolicy = { messages: 1000, bytes: 1e6, age: null, overflow: 'reject' };

interface Tracked extends Outgoing {
  readonly rejected: Error[];
}

function message(bytes: number, chunk: unknown = undefined): Tracked {
  const rejected: Error[] = [];
  return { chunk, bytes, rejected, resolve() {}, reject: (error) => void rejected.push(error) };
}

/** Pushes messages of these sizes; returns those that were taken. */
function taken(sizes: readonly number[], limits: Partial<OutboxPolicy>, outbox = new Outbox()): number[] {
  const messages = sizes.map((bytes) => message(bytes));
  for (const each of messages) outbox.push(each, { ...roomy, ...limits });
  return messages.filter(({ rejected }) => rejected.length === 0).map(({ bytes }) => bytes);
}

describe('an outbox', () => {
  test.each<[string, number[], Partial<OutboxPolicy>, number[]]>([
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
    const outbox = new Outbox();
    const refused = message(9);
    outbox.push(message(7), { ...roomy, messages: 1, bytes: 100 });
    outbox.push(refused, { ...roomy, messages: 1, bytes: 100 });
    expect(refused.rejected).toEqual([
      new DeliveryError('never-sent', 'the outbox is full (1 messages, 7 bytes)'),
    ]);
    expect(refused.rejected[0]).toMatchObject({ code: 'not-delivered', outcome: 'never-sent' });
  });

  test('has room again once a message left', () => {
    const outbox = new Outbox();
    const limits = { messages: 1, bytes: 10 };
    expect(taken([10, 10], limits, outbox)).toEqual([10]);
    outbox.shift();
    expect(taken([10, 10], limits, outbox)).toEqual([10]);
  });

  test('keeps what it holds when its limits shrink', () => {
    const outbox = new Outbox();
    expect(taken([10, 10], roomy, outbox)).toEqual([10, 10]);
    expect(taken([1], { messages: 1, bytes: 5 }, outbox)).toEqual([]);
    expect(outbox.length).toBe(2);
  });

  test('gives nothing when it is empty', () => {
    const outbox = new Outbox();
    expect([outbox.shift(), outbox.length, outbox.bytes]).toEqual([undefined, 0, 0]);
  });

  test('when cleared tells every message the same, in order, and is empty', () => {
    const outbox = new Outbox();
    const told: number[] = [];
    const error = new HoldfastError('closed', 'over');
    for (const bytes of [1, 2, 3]) {
      outbox.push({ ...message(bytes), reject: (with_) => with_ === error && told.push(bytes) }, roomy);
    }
    outbox.clear(error);
    expect([told, outbox.length, outbox.bytes]).toEqual([[1, 2, 3], 0, 0]);
  });

  test('does not keep a message alive that has left', async () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const outbox = new Outbox();
    const left = leave(outbox);
    await new Promise<void>((resolve) => systemClock.afterIo(resolve));
    collect();
    expect([left.deref(), outbox.length]).toEqual([undefined, 1]);
  });
});

/** Two go in and one comes out; only a weak reference to that one remains. */
function leave(outbox: Outbox): WeakRef<object> {
  outbox.push(message(1, new Uint8Array(1)), roomy);
  outbox.push(message(1), roomy);
  return new WeakRef(outbox.shift() ?? {});
}

test('any pushes, shifts and clears are those of a plain list within the limits', () => {
  const command = fc.oneof(
    { weight: 6, arbitrary: fc.record({ push: fc.array(fc.nat(40), { maxLength: 400 }) }) },
    { weight: 6, arbitrary: fc.record({ shift: fc.nat(500) }) },
    { weight: 1, arbitrary: fc.constant({ clear: true }) },
  );
  const limits = fc.record({ messages: fc.integer({ min: 1, max: 3000 }), bytes: fc.nat(60_000) });
  fc.assert(
    fc.property(fc.array(command, { maxLength: 30, size: 'max' }), limits, (commands, bounds) => {
      const outbox = new Outbox();
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

test('keeps the order of thousands', () => {
  const outbox = new Outbox();
  const limits = { ...roomy, messages: 10_000, bytes: 10_000 };
  const all = Array.from({ length: 5000 }, () => message(1));
  for (const each of all) outbox.push(each, limits);
  expect(all.every((each) => outbox.shift() === each)).toBe(true);
  expect(outbox.shift()).toBeUndefined();
});
