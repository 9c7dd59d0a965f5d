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
