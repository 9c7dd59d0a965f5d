/** Connections that components share, in virtual time and without React: sharing, the grace, other specs, functions. */
import { expect, test } from 'vitest';
import type { ConnectSpec } from '../../src/actors/supervisor/options.ts';
import { type AnySpec, hold, keyOf, supervisorOf, type Tenancy } from '../../src/react/leases.ts';
import { expectNothingLeft, lineServer, type World, world } from '../support/world.ts';

const url = 'memory://service';
const nothing = () => {};

function serving(names: readonly string[] = ['service', 'other']): World {
  const here = world();
  for (const name of names) here.network.serve(name, lineServer);
  return here;
}

const mount = ({ supervisor }: World, spec: AnySpec, onChange = nothing): Tenancy =>
  hold(supervisor, { spec }, onChange);

test('react leases: components with one id hold one connection, which closes 1 s after the last of them', async () => {
  const here = serving();
  const first = mount(here, { url });
  const second = mount(here, { url });
  await here.clock.run(10);
  const connection = first.connection;
  expect(second.connection).toBe(connection);
  expect([connection?.state, connection?.incarnation]).toEqual(['alive', 1]);
  expect(supervisorOf(connection as object)).toBe(here.supervisor);
  first.end();
  await here.clock.run(5000);
  expect(connection?.state).toBe('alive');
  second.end();
  await here.clock.run(990);
  expect(connection?.state).toBe('alive');
  await here.clock.run(100);
  expect(connection?.status).toBe('left');
  await expectNothingLeft(here);
});

test('react leases: a component that is mounted again within 1 s, as in StrictMode, finds the socket of before', async () => {
  const here = serving();
  mount(here, { url }).end();
  const again = mount(here, { url });
  await here.clock.run(5000);
  expect(again.connection).toMatchObject({ state: 'alive', incarnation: 1 });
  expect(here.states()).toEqual(['>connecting', 'connecting>alive']);
  again.end();
  await here.clock.run(1100);
  const later = mount(here, { url });
  await here.clock.run(110);
  expect(later.connection?.state).toBe('alive');
  await expectNothingLeft(here);
});

test('react leases: another URL with the same id waits for the end of the connection before it', async () => {
  const here = serving();
  const changes: string[] = [];
  const old = mount(here, { id: 'feed', url });
  await here.clock.run(10);
  const before = old.connection;
  old.end();
  const next = mount(here, { id: 'feed', url: 'memory://other' }, () => changes.push('changed'));
  expect(next.connection).toBeUndefined();
  await here.clock.run(3000);
  expect(changes).toEqual(['changed']);
  expect([before?.status, next.connection?.state, next.connection?.url]).toEqual([
    'left',
    'alive',
    'memory://other',
  ]);
  await expectNothingLeft(here);
});

test('react leases: a component that left while it waited for its id connects nothing', async () => {
  const here = serving();
  mount(here, { id: 'feed', url }).end();
  mount(here, { id: 'feed', url: 'memory://other' }, () => expect.unreachable()).end();
  await here.clock.run(5000);
  expect([...here.supervisor.connections]).toEqual([]);
  await expectNothingLeft(here);
});

test('react leases: another URL with an id that a component holds is refused as id-in-use', async () => {
  const here = serving();
  mount(here, { id: 'feed', url });
  expect(() => mount(here, { id: 'feed', url: 'memory://other' })).toThrow('another URL or protocol');
  await expectNothingLeft(here);
});

test('react leases: an id that is in use after the end of the connection before it fails where it is read', async () => {
  const here = serving();
  here.supervisor.connect({ id: 'feed', url });
  mount(here, { id: 'feed', url }).end();
  const changes: string[] = [];
  const next = mount(here, { id: 'feed', url: 'memory://other' }, () => changes.push('changed'));
  await here.clock.run(10);
  expect(changes).toEqual(['changed']);
  expect(() => next.connection).toThrow('another URL or protocol');
  next.end();
  await expectNothingLeft(here);
});

test('react leases: onMessage of each component is called, as it is by then, and no more after its end', async () => {
  const here = serving();
  const heard: string[] = [];
  const hear = (name: string): ConnectSpec<string> => ({
    url,
    onMessage: (message) => heard.push(`${name}: ${message}`),
  });
  const tenant = { spec: hear('first') as AnySpec };
  hold(here.supervisor, tenant, nothing);
  const second = mount(here, hear('second'));
  second.connection?.send('one');
  await here.clock.run(10);
  tenant.spec = hear('newest') as AnySpec;
  second.connection?.send('two');
  await here.clock.run(10);
  second.end();
  here.supervisor.get(url)?.send('three' as never);
  await here.clock.run(10);
  expect(heard).toEqual(['first: one', 'second: one', 'newest: two', 'second: two', 'newest: three']);
  await expectNothingLeft(here);
});

test('react leases: functions of the last component are asked at each dial, without a dial of their own', async () => {
  const here = serving();
  const asked: string[] = [];
  const asking = (name: string): AnySpec => ({
    id: 'feed',
    url: () => {
      asked.push(name);
      return url;
    },
  });
  const tenant = { spec: asking('first') };
  const { connection } = hold(here.supervisor, tenant, nothing);
  await here.clock.run(10);
  tenant.spec = asking('newest');
  await here.clock.run(10);
  connection?.reconnect();
  await here.clock.run(3000);
  expect(asked).toEqual(['first', 'newest']);
  await expectNothingLeft(here);
});

test('react leases: a connection that was there before the first component stays after the last', async () => {
  const here = serving();
  const own = here.supervisor.connect({ url });
  const shared = mount(here, { url });
  expect(shared.connection).toBe(own);
  shared.end();
  await here.clock.run(5000);
  expect(own.state).toBe('alive');
  await expectNothingLeft(here);
});

test('react leases: a connection that was there before calls its own onMessage, and those of components that are mounted', async () => {
  const here = serving();
  const heard: string[] = [];
  const own = here.supervisor.connect<string>({ url, onMessage: (text) => heard.push(`own ${text}`) });
  const silent = mount(here, { url });
  const first = mount(here, { url, onMessage: (text: string) => heard.push(`first ${text}`) });
  const second = mount(here, {
    url,
    onMessage: () => {
      throw new Error('mine');
    },
  });
  void own.send('one');
  await here.clock.run(10);
  expect(heard).toEqual(['own one', 'first one']);
  expect(here.reported).toEqual([[new Error('mine'), 'onMessage']]);
  for (const each of [silent, first, second]) each.end();
  await here.clock.run(1100);
  void own.send('two');
  await here.clock.run(10);
  expect(heard).toEqual(['own one', 'first one', 'own two']);
  expect(here.events.filter(({ event }) => event === 'warning')).toEqual([]);
  await expectNothingLeft(here);
});

test('react leases: a connection that is over is shared while a component holds it, and made anew afterwards', async () => {
  const here = serving([]);
  const spec = { url, reconnect: { maxAttempts: 0 } } as const;
  const first = mount(here, spec);
  await here.clock.run(100);
  expect(first.connection?.status).toBe('gave-up');
  const second = mount(here, spec);
  expect(second.connection).toBe(first.connection);
  first.end();
  second.end();
  here.network.serve('service', lineServer);
  const third = mount(here, spec);
  const fourth = mount(here, spec);
  await here.clock.run(10);
  expect(third.connection?.state).toBe('alive');
  expect(fourth.connection).toBe(third.connection);
  await expectNothingLeft(here);
});

test('react leases: a lazy connection of components is not dialled before something wants it', async () => {
  const here = serving();
  const { connection } = mount(here, { url, lazy: true });
  await here.clock.run(1000);
  expect(connection?.status).toBe('resting');
  connection?.messages$.subscribe();
  await here.clock.run(10);
  expect(connection?.state).toBe('alive');
  await expectNothingLeft(here);
});

test.each([
  ['the same text and URL object', { url: 'ws://a/' }, { url: new URL('ws://a/') }, true],
  ['other URLs', { url: 'ws://a' }, { url: 'ws://b' }, false],
  ['other ids', { id: 'a', url: 'ws://a' }, { id: 'b', url: 'ws://a' }, false],
  ['two functions', { id: 'a', url: () => 'ws://a' }, { id: 'a', url: () => 'ws://b' }, true],
  ['lazy and not', { url: 'ws://a', lazy: true }, { url: 'ws://a' }, false],
  ['a protocol and none', { url: 'ws://a', protocol: 'websocket-text' }, { url: 'ws://a' }, false],
] as const)('react leases: specs with %s', (_, one, other, same) => {
  expect(keyOf(one as AnySpec) === keyOf(other as AnySpec)).toBe(same);
});
