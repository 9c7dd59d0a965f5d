/** `reconnect.hedge` by protocol: proofs of the transport, handshakes that follow the choice, and what is not hedged. */
import { describe, expect, test } from 'vitest';
import { createListeningSupervisor } from '../../../../src/actors/supervisor/listening-supervisor.ts';
import type { SupervisorOptions } from '../../../../src/actors/supervisor/options.ts';
import { createSupervisor } from '../../../../src/actors/supervisor/supervisor.ts';
import { type HandshakeIo, Refused } from '../../../../src/ports/protocol.ts';
import { line } from '../../../../src/protocols/line.ts';
import { withDialogue } from '../../../../src/protocols/over.ts';
import { websocket } from '../../../../src/protocols/websocket.ts';
import { websocketText } from '../../../../src/protocols/websocket-text.ts';
import { virtualClock } from '../../../../src/testing/clock.ts';
import { memoryNetwork } from '../../../../src/testing/network/memory.ts';
import { memoryWebSockets } from '../../../../src/testing/network/memory-websockets.ts';
import { expectNothingLeft } from '../../../support/world.ts';
import { hedged, hedgedWorld, untilDialled } from './hedged-world.ts';

/** Lines after `HELLO`, which the peer echoes. */
function greeted(handshake: (io: HandshakeIo) => Promise<void>) {
  return withDialogue(line(), () => ({ handshake }));
}

const hello = async (io: HandshakeIo) => {
  io.send(`HELLO ${io.url.host}`);
  await io.receive();
};

describe('hedge: handshakes', () => {
  test('hedge: the handshake runs on the chosen standby alone, and with its URL', async () => {
    const protocol = { ...greeted(hello), standby: 'ping' } as const;
    const here = hedgedWorld({ protocol });
    await here.clock.run(20_000);
    here.network.host('a').freeze();
    await untilDialled(here);
    expect(here.arrived).toEqual(['a: HELLO a']);
    await here.clock.run(1000);
    expect([here.arrived, here.standbys()]).toEqual([
      ['a: HELLO a', 'b: HELLO b'],
      ['2 dialled', '2 chosen'],
    ]);
    expect([here.feed.state, here.heard.slice(2)]).toEqual(['alive', ['suspect', 'connecting', 'alive']]);
    await expectNothingLeft(here);
  });

  test('hedge: a handshake that fails on the standby is an ordinary exit, and a reconnect follows', async () => {
    let refuses = false;
    const protocol = {
      ...greeted(async (io) => {
        await hello(io);
        if (refuses) throw new Refused({ reason: 'going-away' });
      }),
      standby: 'ping',
    } as const;
    const here = hedgedWorld({ protocol });
    await here.clock.run(20_000);
    here.network.host('a').freeze();
    refuses = true;
    await untilDialled(here);
    await here.clock.run(10);
    expect(here.standbys()).toEqual(['2 dialled', '2 chosen']);
    expect(here.states().slice(-3)).toEqual([
      '>connecting',
      'connecting>closing:going-away',
      'closing>closed:going-away',
    ]);
    expect([here.feed.incarnation, here.feed.status]).toEqual([2, 'waiting']);
    refuses = false;
    here.network.host('a').thaw();
    await here.clock.run(10_000);
    expect([here.feed.state, here.feed.incarnation, here.network.audit().open.dial]).toEqual(['alive', 3, 1]);
    await expectNothingLeft(here);
  });

  test('hedge: a changed dialogue over bytes does not say that a ping may come before its handshake, so it is not hedged', async () => {
    const here = hedgedWorld({ protocol: greeted(hello) });
    await here.clock.run(20_000);
    here.network.host('a').freeze();
    await here.clock.run(15_000);
    expect([here.feed.state, here.standbys()]).toEqual(['suspect', []]);
    await expectNothingLeft(here);
  });

  test('hedge: onOpen speaks on the standby once it is chosen, before the messages that were held', async () => {
    const here = hedgedWorld({ onOpen: ({ send, incarnation }) => void send(`login ${incarnation}`) });
    await here.clock.run(20_000);
    here.network.host('a').freeze();
    await untilDialled(here);
    void here.feed.send('held');
    await here.clock.run(1000);
    expect(here.arrived).toEqual(['a: login 1', 'b: login 2', 'b: held']);
    await expectNothingLeft(here);
  });
});

test('hedge: what the peer says on the standby before its choice is delivered after it, in order', async () => {
  const got: string[] = [];
  const here = hedgedWorld({ url: ['memory://a', 'memory://greeter'], onMessage: (text) => got.push(text) });
  here.network.serve('greeter', (peer) => peer.write('welcome\nPONG\nnews\n'));
  await here.clock.run(20_000);
  here.network.host('a').freeze();
  await here.clock.run(12_000);
  expect([here.standbys(), got]).toEqual([
    ['2 dialled', '2 chosen'],
    ['welcome', 'news'],
  ]);
  await expectNothingLeft(here);
});

test('hedge: a standby that is not chosen delivers nothing', async () => {
  const got: string[] = [];
  const here = hedgedWorld({ onMessage: (text) => got.push(text) });
  here.network.host('b').latencyMs = 400;
  await here.clock.run(20_000);
  here.network.host('a').freeze();
  await untilDialled(here);
  await here.clock.run(900);
  here.network.host('a').thaw();
  await here.clock.run(5000);
  expect([here.standbys(), got, here.feed.incarnation]).toEqual([['2 dialled', '2 dropped'], [], 1]);
  await expectNothingLeft(here);
});

describe('hedge: a policy that does not come back is not hedged', () => {
  test.each([{ restart: 'temporary' }, { maxAttempts: 0 }] as const)('hedge: %o', async (reconnect) => {
    const here = hedgedWorld({ reconnect });
    await here.clock.run(20_000);
    here.network.host('a').freeze();
    await here.clock.run(15_000);
    expect([here.feed.state, here.standbys()]).toEqual(['suspect', []]);
    await expectNothingLeft(here);
  });

  test('hedge: a peer that only listens is suspected without a probe, and not hedged', async () => {
    const here = hedgedWorld({ heartbeat: { mode: 'listen' } });
    await here.clock.run(45_000);
    expect([here.heard.includes('suspect'), here.standbys()]).toEqual([true, []]);
    await expectNothingLeft(here);
  });
});

test('hedge: without the part it is a mistake in the policy, also of one connection', () => {
  const clock = virtualClock({ seed: 1 });
  const network = memoryNetwork({ clock });
  const options: SupervisorOptions = { transports: [network.transport], protocols: { line }, clock };
  const problem =
    'reconnect.hedge: true is not valid; expected false, or the part `hedging` of the supervisor';
  expect(() => createSupervisor({ ...options, ...hedged })).toThrow(problem);
  const supervisor = createSupervisor({ ...options, reconnect: { hedge: false } });
  expect(() => supervisor.connect({ url: 'memory://a', ...hedged })).toThrow(problem);
  expect([...supervisor.connections]).toEqual([]);
});

/** Two WebSocket servers, and the upgrades, pings and messages that reached them. */
function sockets(protocol: ReturnType<typeof websocket>) {
  const clock = virtualClock({ seed: 3 });
  const network = memoryNetwork({ clock });
  const webSockets = memoryWebSockets(network, { wall: () => clock.wall() });
  const upgrades: string[] = [];
  const arrived: string[] = [];
  for (const name of ['a', 'b'])
    webSockets.serve(name, (peer) => {
      upgrades.push(name);
      peer.onMessage = (message) => {
        if (message === 'ping?') peer.send('pong!');
        arrived.push(`${name}: ${message}`);
      };
    });
  const supervisor = createListeningSupervisor({ transports: [webSockets.transport], clock, ...hedged });
  const standbys: string[] = [];
  supervisor.events$.subscribe((event) => {
    if (event.event === 'standby') standbys.push(event.to);
  });
  const feed = supervisor.connect({ id: 'feed', url: ['ws://a/', 'ws://b/'], protocol });
  return {
    clock,
    network,
    supervisor,
    feed,
    upgrades,
    arrived,
    standbys,
    events: [],
    reported: [],
    states: () => [],
  };
}

describe('hedge: WebSockets', () => {
  test('hedge: an upgrade and a pong prove a standby of `websocket`, which carries no message before', async () => {
    const here = sockets(websocket());
    await here.clock.run(20_000);
    here.network.host('a').freeze();
    await here.clock.run(11_000);
    expect([here.feed.state, here.feed.url, here.standbys]).toEqual([
      'alive',
      'ws://b/',
      ['dialled', 'chosen'],
    ]);
    expect([here.upgrades, here.arrived]).toEqual([['a', 'b'], []]);
    await expectNothingLeft(here);
  });

  test('hedge: the upgrade alone proves a standby of `websocketText`, whose pings are messages to the peer', async () => {
    const here = sockets(websocketText({ ping: 'ping?', pong: 'pong!' }));
    await here.clock.run(20_000);
    here.network.host('a').freeze();
    for (let ms = 0; here.feed.incarnation < 2 && ms < 15_000; ms++) await here.clock.run(1);
    expect([here.feed.state, here.standbys]).toEqual(['alive', ['dialled', 'chosen']]);
    expect(here.arrived.filter((each) => each.startsWith('b'))).toEqual([]);
    await here.clock.run(60_000);
    expect([here.feed.state, here.feed.incarnation]).toEqual(['alive', 2]);
    await expectNothingLeft(here);
  });

  test('hedge: a frozen second server answers no upgrade, and is not chosen', async () => {
    const here = sockets(websocket());
    await here.clock.run(20_000);
    for (const name of ['a', 'b']) here.network.host(name).freeze();
    await here.clock.run(15_000);
    expect([here.feed.state, here.feed.incarnation, here.standbys]).toEqual(['suspect', 1, ['dialled']]);
    await expectNothingLeft(here);
  });
});
