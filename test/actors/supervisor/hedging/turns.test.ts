/** `reconnect.hedge` beside gates, lists, functions and other policies. */
import { expect, test } from 'vitest';
import { line } from '../../../../src/protocols/line.ts';
import { lineServer } from '../../../../src/testing/lines.ts';
import { expectNothingLeft, world } from '../../../support/world.ts';
import { hedged, hedgedWorld, untilDialled } from './hedged-world.ts';

test('hedge: standbys of many connections take turns at the gate of the next host', async () => {
  const here = world(hedged);
  const { clock, network, supervisor, events } = here;
  let dialled = 0;
  for (const host of ['a', 'b', 'c'])
    network.serve(host, (peer) => {
      if (host === 'b') dialled++;
      lineServer()(peer);
    });
  const feeds = Array.from({ length: 50 }, (_, at) =>
    supervisor.connect({
      id: `feed-${at}`,
      url: ['memory://a', 'memory://b', 'memory://c'],
      protocol: line(),
    }),
  );
  await clock.run(60_000);
  expect(feeds.every(({ state }) => state === 'alive')).toBe(true);
  network.host('b').blackhole();
  network.host('a').freeze();
  await clock.run(13_000);
  const standbys = events.filter((event) => event.event === 'standby' && event.to === 'dialled');
  // An unknown gate lets one dial stand for all.
  expect([
    standbys.length,
    [...supervisor.gates].find(({ endpoint }) => endpoint === 'memory://b'),
  ]).toMatchObject([1, { state: 'unknown', inFlight: 1, waiting: 49 }]);
  network.host('b').blackhole(false);
  await clock.run(3000);
  expect(feeds.map(({ state, url }) => `${state} ${url}`)).toEqual(feeds.map(() => 'alive memory://b'));
  expect(dialled).toBe(50);
  await expectNothingLeft(here);
});

test('hedge: a standby that waits at a gate is withdrawn when the old socket answers', async () => {
  const here = world(hedged);
  const { clock, network, supervisor, events } = here;
  for (const host of ['a', 'b']) network.serve(host, lineServer());
  for (const id of ['one', 'two', 'three'])
    supervisor.connect({ id, url: ['memory://a', 'memory://b'], protocol: line() });
  await clock.run(60_000);
  network.host('b').blackhole();
  network.host('a').freeze();
  await clock.run(13_000);
  network.host('a').thaw();
  await clock.run(1000);
  const outcomes = events.flatMap((event) => (event.event === 'standby' ? [event.to] : []));
  expect(outcomes).toEqual(['dialled', 'dropped']);
  expect([...supervisor.connections].map(({ state, incarnation }) => [state, incarnation])).toEqual([
    ['alive', 1],
    ['alive', 1],
    ['alive', 1],
  ]);
  await expectNothingLeft(here);
});

test('hedge: the gate of the next host learns of a standby that gets no answer, and others wait', async () => {
  const here = world({ ...hedged, deadlines: { connect: '3s' } });
  const { clock, network, supervisor, events } = here;
  for (const host of ['a', 'b']) network.serve(host, lineServer());
  for (const id of ['one', 'two'])
    supervisor.connect({ id, url: ['memory://a', 'memory://b'], protocol: line() });
  await clock.run(60_000);
  network.host('b').blackhole();
  network.host('a').freeze();
  await clock.until(() => events.some(({ event }) => event === 'standby'), 20_000);
  await clock.run(3500);
  network.host('a').thaw();
  await clock.run(1000);
  const seen = events.flatMap((event) => {
    if (event.event === 'standby') return [event.to];
    return event.event === 'gate' && event.endpoint === 'memory://b' ? [`gate ${event.to}`] : [];
  });
  expect(seen.slice(0, 3)).toEqual(['dialled', 'gate failed', 'failed']);
  expect([...supervisor.connections].map(({ state }) => state)).toEqual(['alive', 'alive']);
  await expectNothingLeft(here);
});

test('hedge: a single URL is dialled a second time, as its address or its server may be another one', async () => {
  const here = hedgedWorld({ url: 'memory://a' });
  const { clock, network, feed } = here;
  await clock.run(20_000);
  for (const link of network.host('a').links) link.cut();
  await clock.run(11_000);
  expect([here.standbys(), feed.state, feed.incarnation]).toEqual([['2 dialled', '2 chosen'], 'alive', 2]);
  await expectNothingLeft(here);
});

test('hedge: functions are asked anew for the standby, and their answers hold for it', async () => {
  const asked: number[] = [];
  const here = hedgedWorld({
    url: ({ incarnation }) => {
      asked.push(incarnation);
      return incarnation % 2 === 1 ? 'memory://a' : 'memory://b';
    },
  });
  const { clock, network, feed } = here;
  await clock.run(20_000);
  network.host('a').freeze();
  await clock.run(11_000);
  expect([asked, feed.url, feed.state]).toEqual([[1, 2], 'memory://b', 'alive']);
  network.host('a').thaw();
  network.host('b').freeze();
  await clock.run(11_000);
  expect([asked, feed.url, feed.state]).toEqual([[1, 2, 3], 'memory://a', 'alive']);
  await expectNothingLeft(here);
});

test('hedge: a function that does not answer ends with the suspicion, and its signal is aborted', async () => {
  let signal: AbortSignal | undefined;
  const here = hedgedWorld({
    url: (context) => {
      if (context.incarnation === 1) return 'memory://a';
      ({ signal } = context);
      return new Promise<string>(() => {});
    },
  });
  const { clock, network, feed } = here;
  await clock.run(20_000);
  network.host('a').freeze();
  await untilDialled(here);
  await clock.run(500);
  network.host('a').thaw();
  await clock.run(1000);
  expect([feed.state, feed.incarnation, signal?.aborted]).toEqual(['alive', 1, true]);
  await expectNothingLeft(here);
});

test('hedge: a list goes on from the endpoint of the standby, and returns to the first after a stable end', async () => {
  const here = hedgedWorld({ url: ['memory://a', 'memory://b', 'memory://c'] });
  const { clock, network, feed } = here;
  await clock.run(20_000);
  network.host('a').freeze();
  await clock.run(11_000);
  expect(feed.url).toBe('memory://b');
  network.host('a').thaw();
  await clock.run(20_000);
  for (const link of network.host('b').links) link.reset();
  await clock.run(5000);
  expect([feed.url, feed.state, feed.incarnation]).toEqual(['memory://a', 'alive', 3]);
  await expectNothingLeft(here);
});

test('hedge: a policy that is replaced while the standby dials holds for it once it is chosen', async () => {
  const here = hedgedWorld();
  const { clock, network, feed } = here;
  network.host('b').blackhole();
  await clock.run(20_000);
  network.host('a').freeze();
  await untilDialled(here);
  feed.configure({ heartbeat: { interval: '2s', condemnAfter: '30s' }, reconnect: { hedge: false } });
  network.host('b').blackhole(false);
  await clock.run(1000);
  expect([feed.incarnation, feed.state]).toEqual([2, 'alive']);
  network.host('b').freeze();
  await clock.run(3500);
  expect([feed.state, here.standbys()]).toEqual(['suspect', ['2 dialled', '2 chosen']]);
  await expectNothingLeft(here);
});

test('hedge: without a network no standby is dialled, and with one at the next probe', async () => {
  let tell: (signal: 'offline' | 'online') => void = () => {};
  const signals = {
    watch(listener: typeof tell) {
      tell = listener;
      return () => {};
    },
  };
  const here = hedgedWorld({}, { signals });
  const { clock, network, feed } = here;
  await clock.run(20_000);
  network.host('a').freeze();
  tell('offline');
  await clock.run(3000);
  expect([feed.state, here.standbys()]).toEqual(['suspect', []]);
  tell('online');
  await clock.run(5000);
  expect([feed.state, feed.incarnation, here.standbys()]).toEqual(['alive', 2, ['2 dialled', '2 chosen']]);
  await expectNothingLeft(here);
});

test('hedge: a lazy connection rests after its standby, too', async () => {
  const here = hedgedWorld({ lazy: true });
  const { clock, network, feed } = here;
  void feed.send('one');
  const reading = feed.messages$.subscribe();
  await clock.run(20_000);
  network.host('a').freeze();
  await clock.run(11_000);
  expect([feed.state, feed.incarnation]).toEqual(['alive', 2]);
  reading.unsubscribe();
  await clock.run(40_000);
  expect([feed.status, network.audit().open.dial]).toEqual(['resting', 0]);
  await expectNothingLeft(here);
});
