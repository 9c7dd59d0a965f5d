/** Two copies of the package in one process, as where a program imports it and a library in CommonJS requires it. */
import { createRequire } from 'node:module';
import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import type * as adopting from '../../src/adopt.ts';
import type * as browser from '../../src/browser.ts';
import type * as holdfast from '../../src/index.ts';
import type * as inspecting from '../../src/inspect.ts';
import type * as recording from '../../src/recorder.ts';
import type * as tcps from '../../src/tcp.ts';
import type * as kit from '../../src/testing.ts';

const dist = new URL('../../dist/', import.meta.url);
const module = (await import(`${dist}index.js`)) as typeof holdfast;
const { tcp: ownTcp } = (await import(`${dist}tcp.js`)) as typeof tcps;
const pages = (await import(`${dist}browser.js`)) as typeof browser;
const require = createRequire(`${dist}cjs/`);
const other = require('./index.js') as typeof holdfast;
const { lineServer, memoryNetwork, memoryWebSockets, reaches, virtualClock } =
  require('./testing.js') as typeof kit;
const { silentLogger } = other;

const clocked = () => {
  const clock = virtualClock();
  return { clock, network: memoryNetwork({ clock }) };
};

test('copies: a WebSocket whose transport and protocol are of another copy is alive by pings and pongs', async () => {
  const { clock, network } = clocked();
  const { transport, serve } = memoryWebSockets(network);
  serve('feed', (peer) => {
    peer.onMessage = (message) => peer.send(message);
  });
  const heard: unknown[] = [];
  const supervisor = module.createSupervisor({ clock, transports: [transport], logger: silentLogger });
  const onMessage = (message: unknown) => heard.push(message);
  const feed = supervisor.connect({ url: 'ws://feed/', protocol: other.websocket(), onMessage });
  feed.send('hello');
  await clock.run(300_000);
  expect([feed.state, feed.incarnation, heard]).toEqual(['alive', 1, ['hello']]);
  expect(feed.rtt).toBeDefined();
});

test('copies: a real WebSocket that one copy dials and another accepts is probed from both ends', async () => {
  const heartbeat = { interval: 100 };
  const [dialling, accepting] = [
    module.createSupervisor({ heartbeat, logger: silentLogger }),
    other.createSupervisor({ heartbeat, logger: silentLogger }),
  ];
  const listener = await accepting.listen({ url: 'ws://127.0.0.1:0', protocol: module.websocket() });
  const connection = dialling.connect({ url: listener.url, protocol: other.websocket() });
  const receipt = await connection.send('hello');
  await receipt.confirmed;
  expect(connection.incarnation).toBe(1);
  await Promise.all([dialling.stop(), accepting.stop()]);
});

test('copies: the parts, the protocol and the recorder of another copy serve a supervisor of the half for browsers', async () => {
  const { clock, network } = clocked();
  network.serve(
    'feed',
    lineServer((text, peer) => peer.write(`${text}\n`)),
  );
  const { gates, routes, handshakes, readers, receipts, line, withDialogue } = other;
  const { flightRecorder } = require('./recorder.js') as typeof recording;
  const supervisor = pages.createSupervisor({
    clock,
    transports: [network.transport],
    parts: [gates, routes, handshakes, readers, receipts],
    recorder: flightRecorder(),
    signals: { watch: () => () => {} },
  });
  const greeting = withDialogue(line(), (dialogue) => ({
    ...dialogue,
    async handshake({ send, receive }) {
      send('login');
      if ((await receive()) !== 'login') throw new other.Refused({ reason: 'unauthorized' });
      return {};
    },
  }));
  const feed = supervisor.connect({ url: () => 'memory://feed', id: 'feed', protocol: greeting });
  const messages = feed.messages()[Symbol.asyncIterator]();
  const sent = feed.send('hello');
  await reaches(feed, 'alive', clock, 1000);
  await clock.run(60_000);
  await (await sent).confirmed;
  expect(await messages.next()).toEqual({ done: false, value: 'hello' });
  expect(feed.history().length).toBeGreaterThan(2);
});

test('copies: an inspector shows the connections of a supervisor of another copy', async () => {
  const { createInspector } = require('./inspect.js') as typeof inspecting;
  const supervisor = module.createSupervisor({ logger: silentLogger });
  const inspector = await createInspector(supervisor, { port: 0 });
  const page = await fetch(inspector.url);
  expect(page.status).toBe(200);
  await supervisor.stop();
});

test('copies: a socket that has a connection of one copy is refused by another', async () => {
  const { tcp } = require('./tcp.js') as typeof tcps;
  const supervisors = [module.createSupervisor, other.createSupervisor].map((create) =>
    create({ logger: silentLogger }),
  );
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const spec = { transport: tcp(), protocol: module.raw() };
  supervisors[0]?.accept(socket, spec);
  const own = { transport: ownTcp(), protocol: module.raw() };
  expect(() => supervisors[1]?.accept(socket, own)).toThrow('that has a connection');
  await Promise.all(supervisors.map((each) => each.stop()));
});

test('copies: a client that another copy adopts is asked, and is supervised', async () => {
  const { clock } = clocked();
  const { adopt } = require('./adopt.js') as typeof adopting;
  const supervisor = module.createSupervisor({ clock, logger: silentLogger });
  let pings = 0;
  const connection = adopt(supervisor, {
    name: 'client',
    url: 'client://host',
    open: () => ({}),
    ping: async () => void pings++,
    drop: () => {},
  });
  await reaches(connection, 'alive', clock, 1000);
  await clock.run(60_000);
  expect(pings).toBeGreaterThan(2);
});
