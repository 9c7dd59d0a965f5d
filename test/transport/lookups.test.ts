/** Lookups that dials share; a resolver of the test answers when told to. */
import { lookup as systemLookup } from 'node:dns';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { deferred } from '../../src/base/deferred.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { Dialling } from '../../src/transport/dialling.ts';
import { type Found, type Lookup, Lookups, lookupsBy } from '../../src/transport/lookups.ts';

function resolver(limit = 2) {
  const asked: string[] = [];
  const answers: Parameters<Lookup>[2][] = [];
  const lookup: Lookup = (host, { family }, answer) => {
    asked.push(`${family} ${host}`);
    answers.push(answer);
  };
  return { asked, answers, lookups: new Lookups(lookup, limit, () => 0) };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('lookups: dials of one name share one lookup under way, and the next dial begins another', async () => {
  const { asked, answers, lookups } = resolver();
  const found: Found[] = [];
  for (let dial = 0; dial < 3; dial++) lookups.find('feed', 0, (result) => found.push(result));
  expect(asked).toEqual(['0 feed']);
  answers[0]?.(null, [{ address: '10.0.0.1', family: 4 }]);
  expect(found).toEqual([]);
  await settled();
  expect(found).toEqual([['10.0.0.1'], ['10.0.0.1'], ['10.0.0.1']]);
  lookups.find('feed', 0, () => {});
  lookups.find('feed', 6, () => {});
  expect(asked).toEqual(['0 feed', '0 feed', '6 feed']);
});

test('lookups: a dial that gave up hears nothing, and a later one joins the lookup that is still under way', async () => {
  const { asked, answers, lookups } = resolver();
  const found: string[] = [];
  lookups.find('feed', 0, () => found.push('first'))();
  lookups.find('feed', 0, () => found.push('second'));
  answers[0]?.(null, '10.0.0.1', 4);
  await settled();
  expect([asked, found]).toEqual([['0 feed'], ['second']]);
});

test('lookups: none begins for dials that all gave up', async () => {
  const { asked, answers, lookups } = resolver(1);
  lookups.find('a', 0, () => {});
  const giveUps = ['b', 'c'].map((host) => lookups.find(host, 0, () => {}));
  for (const giveUp of giveUps) giveUp();
  answers[0]?.(null, '10.0.0.1', 4);
  await settled();
  expect(asked).toEqual(['0 a']);
  lookups.find('b', 0, () => {});
  expect(asked).toEqual(['0 a', '0 b']);
});

test.each<[string, Parameters<Parameters<Lookup>[2]>, object]>([
  ['an error', [Object.assign(new Error('no'), { code: 'EAI_AGAIN' }), []], { code: 'EAI_AGAIN' }],
  ['no address', [null, []], { code: 'ENOTFOUND' }],
])('lookups: %s reaches every dial as an error with its code', async (_, answer, expected) => {
  const { answers, lookups } = resolver();
  const found: Found[] = [];
  lookups.find('feed', 0, (result) => found.push(result));
  answers[0]?.(...answer);
  await settled();
  expect(found[0]).toMatchObject(expected);
});

test('lookups: a function that throws, and one that calls back twice, end one lookup once', async () => {
  const found: Found[] = [];
  const throwing = new Lookups(() => {
    throw new Error('broken');
  }, 2);
  throwing.find('feed', 0, (result) => found.push(result));
  const twice = new Lookups((_host, _options, answer) => {
    answer(null, '10.0.0.1', 4);
    answer(null, '10.0.0.2', 4);
  }, 2);
  twice.find('feed', 0, (result) => found.push(result));
  await settled();
  expect(found).toEqual([expect.objectContaining({ message: 'broken' }), ['10.0.0.1']]);
});

test('lookups: transports with the same lookup function, and those with none, share their lookups', () => {
  const own: Lookup = () => {};
  expect(lookupsBy(own)).toBe(lookupsBy(own));
  expect(lookupsBy(undefined)).toBe(lookupsBy(systemLookup as Lookup));
  expect(lookupsBy(own)).not.toBe(lookupsBy(undefined));
});

test('lookups: an error of another realm, as that of dns is under Jest, fails the dial as not-found', async () => {
  const failed = deferred<unknown>();
  const error = runInNewContext(
    "Object.assign(new Error('getaddrinfo ENOTFOUND feed'), { code: 'ENOTFOUND' })",
  );
  new Dialling(
    {
      host: 'feed',
      clock: virtualClock(),
      dialler: undefined,
      event: 'connect',
      options: { lookup: (_host, _options, answer) => answer(error, '') },
      connect: () => {
        throw new Error('no address to dial');
      },
    },
    { won() {}, failed: failed.resolve, closed() {} },
  );
  expect(await failed.promise).toMatchObject({
    reason: 'not-found',
    code: 'ENOTFOUND',
    detail: 'getaddrinfo ENOTFOUND feed',
  });
});
