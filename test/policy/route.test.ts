import { expect, test } from 'vitest';
import { hostOf, levelsOf } from '../../src/policy/route.ts';

test.each([
  ['ws://h:80/orders', 'ws://h:80'],
  ['ws://h:80/a:1/b', 'ws://h:80'],
  ['wss://[::1]:8443/x', 'wss://[::1]:8443'],
  ['tcp://h:1', 'tcp://h:1'],
  ['tcp://h:1/', 'tcp://h:1'],
  ['unix:/run/x:1', 'unix:/run/x:1'],
  ['memory://feed', 'memory://feed'],
  ['memory://feed/x:2', 'memory://feed/x:2'],
])('route: the host of %s is %s, and a key that is its own host has one gate', (key, host) => {
  expect(hostOf(key)).toBe(host);
  expect(levelsOf(key)).toEqual(key === host ? [key] : [host, key]);
});

test('route: a connection that has no key yet passes no gate', () => {
  expect(levelsOf(undefined)).toEqual([]);
});
