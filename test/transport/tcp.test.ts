import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openingFailure } from '../../src/transport/dial-failure.ts';
import { tcp } from '../../src/transport/tcp.ts';
import { closedPort, kinds, listening, placeOf, Reception } from './peers.ts';
import { RecordingSink } from './recording-sink.ts';

async function failureOf(url: string) {
  const sink = new RecordingSink();
  tcp().dial({ url: new URL(url) }, sink);
  expect(sink.calls).toEqual([]);
  await sink.saw('closed');
  expect(sink.calls).toEqual(['failed', 'closed']);
  return sink.failures[0];
}

describe('dialling TCP', () => {
  it('fails as not-found for a name without an address', async () => {
    expect(await failureOf('tcp://nowhere.invalid:1')).toMatchObject({ reason: 'not-found' });
  });

  it('fails as refused when all addresses of a name refuse', async () => {
    const failure = await failureOf(`tcp://localhost:${await closedPort()}`);
    expect(failure).toMatchObject({ reason: 'refused', code: 'ECONNREFUSED' });
    expect(failure?.detail).toMatch(/^connect ECONNREFUSED /);
  });

  it.each([
    [
      'tcp://[::1]:1',
      { localAddress: '127.0.0.1' },
      'localAddress: "IPv4" is not valid; expected IPv6, as ::1 is dialled',
    ],
    [
      'tcp://127.0.0.1:1',
      { family: 6 },
      'family: "IPv6" is not valid; expected IPv4, as 127.0.0.1 is dialled',
    ],
  ] as const)(
    'reports an address that the options exclude as bad-config: %s',
    async (url, options, detail) => {
      const sink = new RecordingSink();
      tcp(options).dial({ url: new URL(url) }, sink);
      expect(sink.calls).toEqual([]);
      await sink.saw('closed');
      expect(sink.calls).toEqual(['failed', 'closed']);
      expect(sink.failures).toMatchObject([{ reason: 'bad-config', detail }]);
    },
  );

  it('reports a reset of the peer', async () => {
    const [kind] = kinds;
    const url = await kind?.serve((peer) => peer.once('data', () => peer.resetAndDestroy()));
    const sink = new RecordingSink();
    const socket = tcp().dial({ url: url ?? new URL('tcp://missing') }, sink);
    socket.write(new Uint8Array(1), false);
    await sink.saw('closed');
    expect(sink.calls).toEqual(['opened', 'written', 'failed', 'closed']);
    expect(sink.failures).toMatchObject([{ reason: 'reset', code: 'ECONNRESET' }]);
  });

  it('reaches IPv6 addresses, which URLs put in brackets', async () => {
    const reception = new Reception();
    const bound = await listening(tcp(), new URL('tcp://[::1]:0'), reception);
    const sink = new RecordingSink();
    const socket = tcp().dial({ url: new URL(bound.url) }, sink);
    await reception.next();
    expect(reception.froms[0]).toMatch(/^\[::1\]:\d+$/);
    socket.destroy();
    await sink.saw('closed');
  });

  it('uses only addresses of the family option', async () => {
    const bound = await listening(tcp(), new URL('tcp://127.0.0.1:0'), new Reception());
    const sink = new RecordingSink();
    const { port } = placeOf(bound.url);
    const socket = tcp({ family: 4 }).dial({ url: new URL(`tcp://localhost:${port}`) }, sink);
    await sink.saw('opened');
    socket.destroy();
    await sink.saw('closed');
  });
});

describe('the failure of a dial to several addresses', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED ::1:1'), { code: 'ECONNREFUSED' });
  const unreachable = Object.assign(new Error('no route'), { code: 'EHOSTUNREACH' });

  it.each([
    [[refused, unreachable], 'refused', 'connect ECONNREFUSED ::1:1'],
    [[unreachable, refused], 'unreachable', 'no route'],
    [[], 'unreachable', 'all failed'],
  ])('is the failure of the first address, case %#', (errors, reason, detail) => {
    const error = new AggregateError(errors, 'all failed');
    expect(openingFailure(error)).toMatchObject({ reason, detail, error });
  });
});

describe('checking a TCP URL', () => {
  const check = (url: string, side: 'dial' | 'accept' = 'dial') => tcp().check(new URL(url), side);

  it.each([
    ['tcp:host:1', 'a host'],
    ['tcp:///path', 'a host'],
    ['tcp://host', 'a port from 1 to 65535'],
    ['tcp://host:0', 'a port from 1 to 65535'],
    ['tcp://host:1/path', 'no path'],
    ['tcp://host:1?query', 'no query'],
    ['tcp://host:1#fragment', 'no query and no fragment'],
    ['tcp://user@host:1', 'no credentials'],
    ['tcp://:secret@host:1', 'no credentials'],
  ])('%s: expected %s', (url, expected) => {
    expect(check(url)).toContain(expected);
  });

  it('accepts ports 1 to 65535', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 65535 }),
        fc.constantFrom('h', '127.0.0.1', '[::1]'),
        (port, host) => {
          expect(check(`tcp://${host}:${port}`)).toBeUndefined();
          expect(check(`tcp://${host}:${port}/`, 'accept')).toBeUndefined();
        },
      ),
    );
  });

  it('accepts port 0 for listening only', () => {
    expect(check('tcp://host:0', 'accept')).toBeUndefined();
    expect(check('tcp://host', 'accept')).toContain('a port from 0 to 65535');
  });
});
