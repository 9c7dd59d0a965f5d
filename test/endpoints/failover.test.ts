/** Several endpoints: which one is dialled, and what follows its end. */
import { expect, test } from 'vitest';
import type { ConnectSpec } from '../../src/actors/supervisor/options.ts';
import { defaultPolicy, type PolicyConfig } from '../../src/config/policy.ts';
import { resolvePolicy } from '../../src/config/resolve.ts';
import { dialPlanOf } from '../../src/endpoints/routed-plan.ts';
import { line } from '../../src/protocols/line.ts';
import { websocket } from '../../src/protocols/websocket.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { memoryNetwork } from '../../src/testing/network/memory.ts';
import { tcp } from '../../src/transport/tcp.ts';
import { unix } from '../../src/transport/unix.ts';
import { webSocketOverWs } from '../../src/transport/websocket-ws.ts';
import { expectNothingLeft, lineServer, world } from '../support/world.ts';

const clock = virtualClock({ seed: 7 });
const known = {
  transports: [memoryNetwork({ clock }).transport, tcp(), unix(), webSocketOverWs()],
  protocols: { line: line(), framed: line(), websocket: websocket() },
  policy: defaultPolicy,
  resolvePolicy,
};
const plan = (url: ConnectSpec['url'], policy: PolicyConfig = {}, protocol = 'line') =>
  dialPlanOf({ id: 'x', url, protocol, ...policy }, known, clock.random);

const three = ['memory://a', 'memory://b', 'memory://c'];
const failed = { reason: 'refused', proved: false } as const;
const ended = { reason: 'cut-off', proved: true } as const;
const never = () => false;

test('endpoints: a failed dial selects the next endpoint, and the last endpoint is followed by the first', () => {
  const ring = plan(three);
  const dialled = Array.from({ length: 5 }, () => {
    const { redactedUrl } = ring;
    ring.onExit(failed, false);
    return redactedUrl;
  });
  expect(dialled).toEqual([...three, ...three.slice(0, 2)]);
});

test.each([
  [true, 'memory://a'],
  [false, 'memory://b'],
])(
  'endpoints: after a stable connection with returnToFirst %s the next dial goes to %s',
  (returnToFirst, next) => {
    const ring = plan(three, { endpoints: { returnToFirst } });
    ring.onExit(failed, false);
    ring.onExit(ended, true);
    expect(ring.redactedUrl).toBe(next);
  },
);

test('endpoints: order shuffled draws each order equally often, and a plan keeps its order', () => {
  const counts = new Map<string, number>();
  for (let draw = 0; draw < 6000; draw++) {
    const ring = plan(three, { endpoints: { order: 'shuffled' } });
    const order = three.map(() => {
      const { redactedUrl } = ring;
      ring.skip(never);
      return redactedUrl.at(-1);
    });
    expect(ring.redactedUrl.at(-1)).toBe(order[0]);
    counts.set(order.join(''), (counts.get(order.join('')) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
});

test('endpoints: skip() selects the next endpoint with an open gate, and returns false without one', () => {
  const [ring, single] = [plan(three), plan('memory://a')];
  expect([ring.skip(never), ring.redactedUrl]).toEqual([true, 'memory://b']);
  expect([ring.skip((key) => key === 'memory://c'), ring.redactedUrl]).toEqual([true, 'memory://a']);
  expect([ring.skip(() => true), ring.redactedUrl]).toEqual([false, 'memory://a']);
  expect([single.skip(never), single.redactedUrl]).toEqual([false, 'memory://a']);
  expect(plan(['memory://a']).skip(never)).toBe(false);
});

test.each([
  ['tcp://h:1', 'tcp://h:1', 'line'],
  ['memory://feed', 'memory://feed', 'line'],
  ['unix:/run/x', 'unix:/run/x', 'line'],
  ['ws://u:p@H/x?k=v', 'ws://h:80/x', 'websocket'],
  ['wss://h/x', 'wss://h:443/x', 'websocket'],
  ['wss://[::1]:8443/x', 'wss://[::1]:8443/x', 'websocket'],
])('endpoints: the gate key of %s is %s', (url, key, protocol) => {
  expect(plan(url, {}, protocol).endpointKey).toBe(key);
  expect(plan([url, url], {}, protocol).endpointKey).toBe(key);
});

test('endpoints: the gate key belongs to the endpoint of the next dial, and is undefined while a URL function has not answered', () => {
  const ring = plan(three);
  ring.onExit(failed, false);
  expect(ring.endpointKey).toBe('memory://b');
  expect(plan(() => 'memory://a').endpointKey).toBeUndefined();
});

test('endpoints: a list may mix transports, but each endpoint must carry the same protocol', () => {
  expect(plan(['tcp://h:1', 'unix:/run/x']).redactedUrl).toBe('tcp://h:1');
  expect(() => plan(['tcp://h:1', 'ws://h/x'])).toThrow('protocol: "line" is not valid');
});

test.each([
  [true, ['first', 'second', 'first']],
  [false, ['first', 'second', 'second']],
])(
  'failover: the first endpoint dies, then the second drops; with returnToFirst %s the dials go to %j',
  async (returnToFirst, names) => {
    const here = world({ endpoints: { returnToFirst } });
    here.network.serve('second', lineServer);
    const url = ['memory://first', 'memory://second'];
    const connection = here.supervisor.connect({ url });
    await here.clock.run(15_000);
    expect(connection).toMatchObject({ id: 'memory://first', url: 'memory://second', state: 'alive' });
    here.network.serve('first', lineServer);
    here.network.host('second').down();
    here.network.host('second').up();
    await here.clock.run(5000);
    expect(connection.state).toBe('alive');
    const dialled = here.events.flatMap((each) =>
      each.event === 'state' && each.from === undefined ? [each.url] : [],
    );
    expect(dialled).toEqual(names.map((name) => `memory://${name}`));
    const closed = here.events.flatMap((each) =>
      each.event === 'state' && each.to === 'closed' ? [each.url] : [],
    );
    expect(closed).toEqual(url);
    await expectNothingLeft(here);
  },
);
