/** Fatal answers: of one endpoint in a list, of one that was stable, and what follows `reconnect()` and `connect()` again. */

import { expect, test } from 'vitest';
import { createListeningSupervisor } from '../../../../src/actors/supervisor/listening-supervisor.ts';
import type { HandshakeIo } from '../../../../src/ports/protocol.ts';
import { line } from '../../../../src/protocols/line.ts';
import { withDialogue } from '../../../../src/protocols/over.ts';
import { websocket } from '../../../../src/protocols/websocket.ts';
import { virtualClock } from '../../../../src/testing/clock.ts';
import { memoryNetwork } from '../../../../src/testing/network/memory.ts';
import { memoryWebSockets } from '../../../../src/testing/network/memory-websockets.ts';
import { expectNothingLeft, lineServer, world } from '../../../support/world.ts';

type Answers = Record<string, number[]>;

/** WebSocket servers by name. The statuses of upgrades, in order; the last one repeats, and 101 is an open socket. */
function answering(answers: Answers) {
  const clock = virtualClock({ seed: 1 });
  const network = memoryNetwork({ clock });
  const sockets = memoryWebSockets(network, { wall: () => clock.wall() });
  const dialled: string[] = [];
  const drops: (() => void)[] = [];
  for (const [name, statuses] of Object.entries(answers)) {
    const judge = () => {
      dialled.push(name);
      const status = (statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 101;
      return status === 101 ? undefined : { status };
    };
    sockets.serve(name, (peer) => void drops.push(() => peer.close(1011, '')), judge);
  }
  const supervisor = createListeningSupervisor({
    transports: [sockets.transport],
    protocols: { websocket },
    clock,
  });
  const ends: string[] = [];
  supervisor.events$.subscribe((event) => {
    if (event.event === 'gave-up') ends.push(`${event.because}: ${event.reason} of ${event.url}`);
  });
  const drop = () => {
    for (const each of drops.splice(0)) each();
  };
  return { clock, supervisor, dialled, ends, drop };
}

const [A, B] = ['ws://a/', 'ws://b/'];

test('fatal answers: the next endpoint of a list is dialled', async () => {
  const { clock, supervisor, dialled, ends } = answering({ a: [403], b: [101] });
  const only = supervisor.connect({ url: [A, B] });
  await clock.run(5000);
  expect([only.state, only.url, dialled, ends]).toEqual(['alive', B, ['a', 'b'], []]);
});

test('fatal answers: an id gives up when each endpoint of its list gave one to its last dial', async () => {
  const { clock, supervisor, dialled, ends } = answering({ a: [403], b: [503, 503, 401] });
  supervisor.connect({ url: [A, B], headers: { authorization: 'static' } });
  await clock.run(600_000);
  expect(dialled).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
  expect(ends).toEqual([`fatal: unauthorized of ${B}`]);
});

test('fatal answers: credentials by a function are asked for twice at each endpoint of a list', async () => {
  const { clock, supervisor, dialled, ends } = answering({ a: [401], b: [401] });
  let asked = 0;
  supervisor.connect({ url: [A, B], credentials: () => `token-${++asked}` });
  await clock.run(600_000);
  expect([dialled, asked, ends]).toEqual([['a', 'b', 'a', 'b'], 4, [`fatal: unauthorized of ${B}`]]);
});

test('pardons: one 403 after hours of health is retried, and the sixth in a row is the end', async () => {
  const { clock, supervisor, dialled, ends, drop } = answering({ a: [101, 403, 403, 101, 403] });
  const only = supervisor.connect({ url: A });
  await clock.run(3_600_000);
  drop();
  await clock.run(100_000);
  expect([only.state, dialled.length]).toEqual(['alive', 4]);
  drop();
  await clock.run(1_000_000);
  expect([only.status, dialled.length]).toEqual(['gave-up', 10]);
  expect(ends).toEqual([`fatal: unauthorized of ${A}`]);
});

test('pardons: healthy() counts as stability, and without it a first 403 is the end', async () => {
  for (const healthy of [true, false]) {
    const { clock, supervisor, dialled, drop } = answering({ a: [101, 403] });
    const only = supervisor.connect({ url: A, reconnect: { pardons: 2 } });
    await clock.run(1000);
    if (healthy) only.healthy();
    drop();
    await clock.run(100_000);
    expect(dialled.length).toBe(healthy ? 4 : 2);
  }
});

test('reconnect() after gave-up forgets the refusals, and pardons an endpoint that was stable anew', async () => {
  const { clock, supervisor, dialled, drop } = answering({ a: [101, 403] });
  const only = supervisor.connect({ url: A, reconnect: { pardons: 1 } });
  await clock.run(60_000);
  drop();
  await clock.run(60_000);
  expect([only.status, dialled.length]).toEqual(['gave-up', 3]);
  only.reconnect();
  await clock.run(60_000);
  expect([only.status, dialled.length]).toEqual(['gave-up', 5]);
});

test('reconnect.codes: a close code of an application ends an id, and a moved 1008 does not', async () => {
  for (const [code, klass, status] of [
    [4004, 'fatal', 'gave-up'],
    [1008, 'retryable', 'running'],
  ] as const) {
    const clock = virtualClock({ seed: 1 });
    const sockets = memoryWebSockets(memoryNetwork({ clock }), { wall: () => clock.wall() });
    sockets.serve('a', (peer) => peer.close(code, 'no'));
    const supervisor = createListeningSupervisor({
      transports: [sockets.transport],
      protocols: { websocket },
      clock,
    });
    const only = supervisor.connect({
      url: A,
      reconnect: { codes: { [code]: klass }, backoff: { type: 'fixed', delay: 1 } },
    });
    await clock.run(500);
    expect(only.status === 'gave-up' ? 'gave-up' : 'running').toBe(status);
  }
});

test('reconnect({ next: true }) leaves an endpoint that answers, whatever returnToFirst says', async () => {
  const { clock, supervisor, dialled } = answering({ a: [101], b: [101] });
  const only = supervisor.connect({ url: [A, B] });
  await clock.run(60_000);
  only.reconnect({ next: true });
  await clock.run(1000);
  expect([only.state, only.url]).toEqual(['alive', B]);
  only.reconnect({ next: true });
  only.reconnect();
  await clock.run(60_000);
  expect([only.state, only.url]).toEqual(['alive', A]);
  only.reconnect();
  await clock.run(1000);
  expect([only.url, dialled]).toEqual([A, ['a', 'b', 'a', 'a']]);
});

test('reconnect({ next: true }) while it waits passes over the endpoint that would be dialled', async () => {
  const { clock, supervisor } = answering({ a: [503], b: [503], c: [101] });
  const delay = { type: 'fixed', delay: '1h', jitter: 'none' } as const;
  const only = supervisor.connect({ url: [A, B, 'ws://c/'], reconnect: { backoff: delay } });
  await clock.run(1000);
  expect([only.status, only.url]).toEqual(['waiting', B]);
  only.reconnect({ next: true });
  await clock.run(1000);
  expect([only.state, only.url]).toEqual(['alive', 'ws://c/']);
});

test('reconnect() refuses unknown options and a next that is no boolean', () => {
  const { supervisor } = world();
  const only = supervisor.connect({ url: 'memory://a' });
  expect(() => only.reconnect({ next: 1 } as never)).toThrow('next: 1 is not valid; expected a boolean');
  expect(() => only.reconnect({ nxt: true } as never)).toThrow(
    'nxt: true is not valid; expected one of the keys next; did you mean `next`?',
  );
});

test('reconnect() while an incarnation runs forgets the failures before it', async () => {
  const here = world();
  const peers: { reset(): void }[] = [];
  here.network.serve('a', (peer) => {
    lineServer(peer);
    peers.push(peer);
  });
  const attempts = () =>
    here.events.flatMap((event) => (event.event === 'reconnect-scheduled' ? [event.attempt] : []));
  const cut = async () => {
    peers.pop()?.reset();
    await here.clock.run(10_000);
  };
  const only = here.supervisor.connect({ url: 'memory://a', reconnect: { stableAfter: '1h' } });
  await here.clock.run(1000);
  await cut();
  await cut();
  only.reconnect();
  await here.clock.run(1000);
  await cut();
  expect([only.state, attempts()]).toEqual(['alive', [1, 2, 1]]);
  await expectNothingLeft(here);
});

test('connect() after close() brings its own callbacks, policy and credentials while the old goodbye is under way', async () => {
  const here = world();
  const heard: string[] = [];
  here.network.serve('a', lineServer);
  const handshake = async ({ credentials }: HandshakeIo) => void heard.push(`credentials ${credentials}`);
  const protocol = withDialogue(line(), () => ({ handshake }));
  const spec = (name: string, idle: '1h' | '5s') => ({
    id: 'x',
    url: 'memory://a',
    protocol,
    credentials: name,
    deadlines: { idle },
    onMessage: (text: string) => void heard.push(`${name} ${text}`),
  });
  const only = here.supervisor.connect(spec('old', '1h'));
  await here.clock.run(1000);
  void only.send('a');
  const ended = only.close();
  expect(here.supervisor.connect(spec('new', '5s'))).toBe(only);
  await here.clock.run(1000);
  void only.send('b');
  await here.clock.run(1000);
  expect((await ended).reason).toBe('closed-by-us');
  expect(heard).toEqual(['credentials old', 'old a', 'credentials new', 'new b']);
  await here.clock.run(10_000);
  expect(
    here.events.flatMap((event) => (event.event === 'state' && event.reason ? [event.reason] : [])),
  ).toContain('idle-timeout');
  await expectNothingLeft(here);
});

test('connect() after close() is not ended by the signal of the spec that was closed', async () => {
  const here = world();
  here.network.serve('a', lineServer);
  const [old, next] = [new AbortController(), new AbortController()];
  const only = here.supervisor.connect({ url: 'memory://a', signal: old.signal });
  await here.clock.run(1000);
  void only.close();
  here.supervisor.connect({ url: 'memory://a', signal: next.signal });
  old.abort();
  await here.clock.run(1000);
  expect(only.state).toBe('alive');
  next.abort();
  await here.clock.run(1000);
  expect(only.status).toBe('left');
  await expectNothingLeft(here);
});

test('configure() of the supervisor reaches a connection that had left before reconnect()', async () => {
  const here = world();
  here.network.serve('a', lineServer);
  const only = here.supervisor.connect({ url: 'memory://a' });
  await here.clock.run(1000);
  void only.close();
  await here.clock.run(1000);
  expect(only.status).toBe('left');
  here.supervisor.configure({ deadlines: { idle: '3s' } });
  only.reconnect();
  await here.clock.run(5000);
  expect(here.states()).toContain('alive>closing:idle-timeout');
  await expectNothingLeft(here);
});

test('configure() refuses an unknown key at its top level', () => {
  const { supervisor } = world();
  const only = supervisor.connect({ url: 'memory://a' });
  const expected = /^heartbeats: an object is not valid; expected one of the keys/;
  expect(() => only.configure({ heartbeats: {} } as never)).toThrow(expected);
  expect(() => supervisor.configure({ heartbeats: {} } as never)).toThrow(expected);
});
