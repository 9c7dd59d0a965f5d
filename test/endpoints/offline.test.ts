/** Which endpoints the platform's `offline` concerns, and for how long. */
import { expect, test } from 'vitest';
import { Offline } from '../../src/endpoints/offline.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { Timekeeper } from '../../src/time/timekeeper.ts';

const keyOf = (host: string) => `wss://${host}:443`;

function reported() {
  const clock = virtualClock({ seed: 1 });
  const offline = new Offline(new Timekeeper(clock));
  offline.told(true);
  return { clock, offline };
}

test.each([
  ...['localhost', 'LOCALHOST', 'localhost.', 'app.localhost', '127.0.0.1', '127.9.9.9', '[::1]'],
  ...[
    'printer.local',
    'printer.local.',
    'a.b.local',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
  ],
  ...['169.254.1.1', '[fc00::1]', '[fd12:3456::1]'],
])('offline: %s is dialled nevertheless', (host) => {
  expect(reported().offline.msFor(keyOf(host))).toBe(0);
});

test.each([
  ...[
    'example.com',
    'localhost.example.com',
    'notlocalhost',

    'printer.local.example.com',
    'local.host',
  ],
  ...[
    '10.example.com',
    '127.0.0.1.example.com',
    '11.0.0.1',
    '172.15.0.1',
    '172.32.0.1',
    '192.169.1.1',
    '8.8.8.8',
  ],
  ...[
    '100.64.0.1',
    '[2001:db8::1]',
    '[::2]',
    '[fec0::1]',
    '[::ffff:808:808]',
    '[::ffff:ab00:1]',
    '[fb00::1]',
  ],
])('offline: %s is held for 10 s', async (host) => {
  const { clock, offline } = reported();
  expect(offline.msFor(keyOf(host))).toBe(10_000);
  await clock.run(9999);
  expect(offline.msFor(keyOf(host))).toBe(1);
  await clock.run(1);
  expect(offline.msFor(keyOf(host))).toBe(0);
});

test('offline: a unix socket is dialled nevertheless, and an endpoint that is not known yet is held', () => {
  const { offline } = reported();
  expect([
    offline.msFor('unix:/run/feed.sock'),
    offline.msFor('ws://127.0.0.1/path'),
    offline.msFor(),
  ]).toEqual([0, 0, 10_000]);
});
