/** URLs with a scheme that a protocol brings. */
import { expect, test } from 'vitest';
import { credentialsOf, dialledUrl, schemeTarget } from '../../src/endpoints/schemes.ts';
import type { HandshakeIo } from '../../src/ports/protocol.ts';
import { line } from '../../src/protocols/line.ts';
import { withDialogue } from '../../src/protocols/over.ts';
import { expectNothingLeft, lineServer, world } from '../support/world.ts';

const schemes = {
  feed: { over: 'tcp', port: 6379 },
  feeds: { over: 'tls', port: 6380 },
  'ws+feed': { over: 'ws', subprotocols: ['feed.v1'] },
};

test.each([
  ['feed://host', 'tcp://host:6379'],
  ['feed://host:7000', 'tcp://host:7000'],
  ['feed://user:secret@host/3?db=1', 'tcp://host:6379'],
  ['feeds://[::1]', 'tls://[::1]:6380'],
  ['ws+feed://host/path?a=1', 'ws://host/path?a=1'],
  ['ws+feed://user:secret@host:8080', 'ws://host:8080/'],
  ['tcp://host:1', 'tcp://host:1'],
  ['constructor://host', 'constructor://host'],
])('scheme of a protocol: %s is dialled as %s', (given, dialled) => {
  expect(dialledUrl(given, schemes).href).toBe(dialled);
});

test('scheme of a protocol: its subprotocols come before those of connect, each once', () => {
  expect(schemeTarget('ws+feed://h', schemes, { protocols: ['mine', 'feed.v1'] })).toEqual({
    protocols: ['feed.v1', 'mine'],
  });
  expect(schemeTarget('ws://h', schemes, {})).toEqual({});
});

test.each([
  ['feed://user:p%40ss@host', { handshake: { username: 'user', password: 'p@ss' } }],
  ['feed://:secret@host', { handshake: { username: '', password: 'secret' } }],
  ['feed://user:100%@host', { handshake: { username: 'user', password: '100%' } }],
  ['feed://host', undefined],
  ['tcp://user:secret@host', undefined],
])('scheme of a protocol: the credentials of %s are %j', (url, expected) => {
  expect(credentialsOf(url, schemes)).toEqual(expected);
});

/** Over the simulated network. */
function feed(seen: unknown[]) {
  const protocol = withDialogue(line(), (_, about) => ({
    handshake: async ({ credentials }: HandshakeIo) => void seen.push(about.url.href, credentials),
  }));
  return { ...protocol, name: 'feed', identity: 'feed', schemes: { feed: { over: 'memory' } } };
}

test('scheme of a protocol: connect() without a protocol finds it by the scheme; the handshake gets user and password, and no log', async () => {
  const seen: unknown[] = [];
  const here = world({ protocols: { line, feed: () => feed(seen) } });
  here.network.serve('host', lineServer);
  const connection = here.supervisor.connect({ url: 'feed://user:secret@host/3' });
  await here.clock.run(100);
  expect(connection).toMatchObject({ state: 'alive', url: 'feed://***@host/3' });
  expect(seen).toEqual(['feed://host/3', { handshake: { username: 'user', password: 'secret' } }]);
  expect(JSON.stringify(here.events)).not.toContain('secret');
  await expectNothingLeft(here);
});

test('scheme of a protocol: credentials of connect go before those of the URL', async () => {
  const seen: unknown[] = [];
  const here = world();
  here.network.serve('host', lineServer);
  const credentials = { handshake: { password: 'fresh' } };
  here.supervisor.connect({ url: 'feed://user:stale@host', protocol: feed(seen), credentials });
  await here.clock.run(100);
  expect(seen[1]).toEqual(credentials);
  await expectNothingLeft(here);
});

test('scheme of a protocol: lists and functions answer with it', async () => {
  const here = world();
  here.network.serve('b', lineServer);
  const list = here.supervisor.connect({ id: 'list', url: ['feed://a', 'feed://b'], protocol: feed([]) });
  const asked = here.supervisor.connect({ id: 'asked', url: () => 'feed://b', protocol: feed([]) });
  await here.clock.run(20_000);
  expect([list.state, list.url, asked.state]).toEqual(['alive', 'feed://b', 'alive']);
  await expectNothingLeft(here);
});

test('identity: the same id and URL with another option of the protocol is in use; with the same options it is shared', async () => {
  const here = world();
  here.network.serve('host', lineServer);
  const spec = { id: 'x', url: 'memory://host' };
  const first = here.supervisor.connect({ ...spec, protocol: line({ maxMessageBytes: 100 }) });
  expect(here.supervisor.connect({ ...spec, protocol: line({ maxMessageBytes: 100 }) })).toBe(first);
  expect(() => here.supervisor.connect({ ...spec, protocol: line({ maxMessageBytes: 200 }) })).toThrow(
    /running with another URL or protocol/,
  );
  await expectNothingLeft(here);
});

test('scheme of a protocol: a URL without a host is a ConfigError that names it', () => {
  const { supervisor } = world();
  const connect = (url: string) => supervisor.connect({ id: 'x', url, protocol: feed([]) });
  const expected = 'is not valid; expected a URL with a host, such as redis://host';
  expect(() => connect('feed://')).toThrow(`url: "feed://" ${expected}`);
  expect(() => connect('feed:///3')).toThrow(`url: "feed:///3" ${expected}`);
});

test('scheme of a protocol: an unknown scheme is answered with those of transports and protocols', () => {
  const { supervisor } = world({ protocols: { line, feed: () => feed([]) } });
  expect(() => supervisor.connect({ url: 'food://host' })).toThrow(/known here: memory, feed$/);
});

test('scheme of a protocol: listen() without a protocol accepts with the one that brings the scheme', async () => {
  const here = world({ protocols: { line, feed: () => feed([]) } });
  await here.supervisor.listen({ url: 'feed://host' });
  here.network.connect('host');
  await here.clock.run(10);
  expect(here.supervisor.get('accepted-1')).toMatchObject({ state: 'alive' });
  expect(here.network.audit().open.accept).toBe(1);
  await expectNothingLeft(here);
});

test('scheme of a protocol: a host that the scheme beneath does not permit is a ConfigError, without the password', () => {
  const { supervisor } = world({ protocols: { line, feed: () => ({ ...line(), schemes }) } });
  expect(() => supervisor.connect({ url: 'ws+feed://:secret@999.999.1.1' })).toThrow(
    'url: "ws+feed://***@999.999.1.1" is not valid; expected a host that can be dialled',
  );
});

test('scheme of a protocol: one URL of a list that has it tells the protocol of all', async () => {
  const seen: unknown[] = [];
  const here = world({ protocols: { line, feed: () => feed(seen) } });
  here.network.serve('host', lineServer);
  here.supervisor.connect({ url: ['memory://nowhere', 'feed://host'] });
  await here.clock.run(2000);
  expect(seen).toEqual(['feed://host', undefined]);
  await expectNothingLeft(here);
});

test('scheme of a protocol: with another protocol, or on a page without the part routes, the error says what lacks', () => {
  const protocols = { line, feed: () => feed([]) };
  const complaint =
    'expected the protocol of its scheme and the part `routes`, or a scheme that is known here: memory, feed';
  expect(() => world({ protocols }).supervisor.connect({ url: 'feed://host', protocol: 'line' })).toThrow(
    complaint,
  );
  expect(() => world({ protocols, parts: [] }).supervisor.connect({ url: 'feed://host' })).toThrow(complaint);
});
