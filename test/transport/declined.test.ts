/** What is not dialled, by name, and what the docs say to do instead. */
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createSupervisor } from '../../src/index.ts';
import { tcp } from '../../src/transport/tcp.ts';
import { later, serving } from './peers.ts';
import { RecordingSink } from './recording-sink.ts';

describe('connect refuses', () => {
  const zone = 'expected an address without a zone, or a name for which `lookup` finds one';
  const abstract = 'expected the path of a file, as an abstract name has neither an owner nor permissions';
  const descriptor = 'expected an address: a descriptor cannot be dialled again; see `accept`';

  it.each([
    ['tcp://[fe80::1%eth0]:1', zone],
    ['ws://[fe80::1%25eth0]:1/feed', zone],
    ['tls://[fe80::1%252]:1', zone],
    ['unix:@name', abstract],
    ['unix:%00name', abstract],
    ['unix:/%00name', abstract],
    ['unix:\0name', abstract],
    ['fd://3', descriptor],
    ['fd:3', descriptor],
  ])('%j by name', (url, expected) => {
    const supervisor = createSupervisor();
    expect(() => supervisor.connect({ url })).toThrow(expected);
  });

  it('by name also where the parts are chosen', () => {
    const supervisor = createSupervisor({ parts: [] });
    expect(() => supervisor.connect({ url: 'fd://3' })).toThrow(descriptor);
  });

  it('no path with an @ in it', () => {
    const supervisor = createSupervisor();
    later(() => supervisor.stop());
    for (const url of ['unix:/@name', 'unix:/run/a@b.sock']) {
      expect(supervisor.connect({ url, reconnect: { restart: 'temporary' } }).id).toBe(url);
    }
  });
});

// Other systems have another name for the loopback interface.
it.runIf(process.platform === 'linux')('a lookup may answer with a zone', async () => {
  const server = createServer();
  await serving(server, { host: '::1', port: 0 });
  const { port } = server.address() as AddressInfo;
  const sink = new RecordingSink();
  const transport = tcp({
    lookup: (_host, _options, answer) => answer(null, [{ address: '::1%lo', family: 6 }]),
  });
  const socket = transport.dial({ url: new URL(`tcp://feed.example:${port}`) }, sink);
  later(() => socket.destroy());
  await sink.saw('opened');
  expect(sink.calls).toEqual(['opened']);
});
