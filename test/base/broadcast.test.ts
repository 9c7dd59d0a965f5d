import { config, Observable } from 'rxjs';
import { afterEach, expect, test, vi } from 'vitest';
import { Broadcast } from '../../src/base/broadcast.ts';

function broadcast() {
  const source = new Broadcast<number>();
  const stream = new Observable<number>((subscriber) => source.add(subscriber));
  const heard = (log: unknown[] = []) => {
    const subscription = stream.subscribe({
      next: (value) => log.push(value),
      complete: () => log.push('end'),
    });
    return { log, subscription };
  };
  return { source, stream, heard };
}

afterEach(() => {
  config.onUnhandledError = null;
  vi.useRealTimers();
});

test('broadcast: tells every subscriber, in the order in which they came, until it is over', () => {
  const { source, heard } = broadcast();
  const [first, second] = [heard(), heard()];
  source.next(1);
  source.complete();
  source.next(2);
  source.complete();
  expect([first.log, second.log]).toEqual([
    [1, 'end'],
    [1, 'end'],
  ]);
});

test('broadcast: replays nothing, and completes a late subscriber at once', () => {
  const { source, heard } = broadcast();
  source.next(1);
  const early = heard();
  source.complete();
  expect([early.log, heard().log]).toEqual([['end'], ['end']]);
});

test('broadcast: drops a subscriber that unsubscribed', () => {
  const { source, heard } = broadcast();
  const { log, subscription } = heard();
  subscription.unsubscribe();
  source.next(1);
  source.complete();
  expect(log).toEqual([]);
});

test('broadcast: unsubscribing during next() takes effect at once, subscribing with the next value', () => {
  const { source, stream, heard } = broadcast();
  const late: unknown[] = [];
  stream.subscribe(() => {
    leaving.subscription.unsubscribe();
    if (late.length === 0) heard(late);
  });
  const leaving = heard();
  source.next(1);
  expect([leaving.log, late]).toEqual([[], []]);
  source.next(2);
  expect(late).toEqual([2]);
});

test('broadcast: an exception of a subscriber reaches no other one, nor the source', () => {
  vi.useFakeTimers();
  const unhandled = vi.fn();
  config.onUnhandledError = unhandled;
  const { source, stream, heard } = broadcast();
  stream.subscribe(() => {
    throw new Error('mine');
  });
  const { log } = heard();
  source.next(1);
  vi.runAllTimers();
  expect(log).toEqual([1]);
  expect(unhandled).toHaveBeenCalledWith(new Error('mine'));
});

test('broadcast: every subscriber hears values in their order, also those that a subscriber causes in next()', () => {
  const { source, stream, heard } = broadcast();
  stream.subscribe((value) => {
    if (value < 3) source.next(value + 1);
    if (value < 3) source.next(value + 10);
  });
  const { log } = heard();
  source.next(1);
  expect(log).toEqual([1, 2, 11, 3, 12]);
});

test('broadcast: a completion in next() follows the values before it, for every subscriber', () => {
  const { source, stream, heard } = broadcast();
  stream.subscribe((value) => {
    if (value === 1) source.next(2);
    if (value === 1) source.complete();
  });
  const { log } = heard();
  source.next(1);
  expect(log).toEqual([1, 2, 'end']);
});

test('broadcast: greet() tells the first value before those that it causes, and prepare() only those who subscribed before', () => {
  const { source, heard } = broadcast();
  const log: unknown[] = [];
  const { log: other } = heard();
  new Observable<number>((subscriber) => source.greet(subscriber, 0)).subscribe((value) => {
    if (value === 0) source.next(1);
    log.push(value);
  });
  const tellTwo = source.prepare(2);
  const { log: late } = heard();
  tellTwo();
  source.next(3);
  expect([log, other, late]).toEqual([[0, 1, 2, 3], [1, 2, 3], [3]]);
});
