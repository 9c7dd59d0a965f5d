/** How long a connection counts as healthy: modes by exits. Virtual time. */
import { describe, expect, test } from 'vitest';
import type { PolicyConfig } from '../../src/config/policy.ts';
import { websocket } from '../../src/protocols/websocket.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { memoryNetwork } from '../../src/testing/network/memory.ts';
import type { MemoryPeer } from '../../src/testing/network/memory-peer.ts';
import { memoryWebSockets } from '../../src/testing/network/memory-websockets.ts';
import { expectNothingLeft, type World, world } from '../support/world.ts';

type Ending =
  | 'silence'
  | 'stalled write'
  | 'close() while suspect'
  | 'reset while suspect'
  | 'reset while alive';

/** Answers the first ping or heartbeat with `PONG`, and never again. */
function once(peer: MemoryPeer): void {
  peer.write('PONG\n');
}

async function livedFor(heartbeat: NonNullable<PolicyConfig['heartbeat']>, ending: Ending): Promise<number> {
  const here = world({ heartbeat });
  let peer: MemoryPeer | undefined;
  here.network.serve('feed', (accepted) => {
    peer = accepted;
    once(accepted);
  });
  const connection = here.supervisor.connect<string>({
    url: 'memory://feed',
    reconnect: { restart: 'temporary' },
  });
  await here.clock.run(100);
  expect(connection.state).toBe('alive');
  if (ending === 'stalled write') {
    here.network.host('feed').freeze();
    here.network.host('feed').windowBytes = 1;
    for (let n = 0; n < 3; n++) void connection.send('x');
  }
  if (ending.endsWith('while suspect')) {
    here.supervisor.configure({ heartbeat: { ...heartbeat, condemnAfter: '10m' } });
    expect(await here.clock.until(() => connection.state === 'suspect', 60_000)).toBe(true);
  }
  if (ending === 'reset while alive') await here.clock.run(9000);
  if (ending === 'close() while suspect') connection.close();
  if (ending.startsWith('reset')) peer?.reset();
  const closed = await Promise.race([connection.closed, here.clock.run(120_000).then(() => undefined)]);
  await expectNothingLeft(here);
  return closed?.livedMs ?? Number.NaN;
}

describe('lived: waiting for a verdict is not health', () => {
  const modes = {
    probe: { mode: 'probe' },
    listen: { mode: 'listen' },
    announce: { mode: 'announce' },
    none: { interval: null },
  } as const satisfies Record<string, PolicyConfig['heartbeat']>;

  test.each<[keyof typeof modes, Ending, 'last byte' | 'end']>([
    ['probe', 'silence', 'last byte'],
    ['probe', 'stalled write', 'last byte'],
    ['probe', 'close() while suspect', 'last byte'],
    ['probe', 'reset while suspect', 'last byte'],
    ['probe', 'reset while alive', 'end'],
    ['listen', 'silence', 'last byte'],
    ['listen', 'stalled write', 'last byte'],
    ['listen', 'close() while suspect', 'last byte'],
    ['listen', 'reset while suspect', 'last byte'],
    ['listen', 'reset while alive', 'end'],
    ['announce', 'stalled write', 'end'],
    ['announce', 'reset while alive', 'end'],
    ['none', 'stalled write', 'end'],
    ['none', 'reset while alive', 'end'],
  ])('in mode %s, ended by %s, counts to the %s', async (mode, ending, until) => {
    const lived = await livedFor(modes[mode], ending);
    if (until === 'last byte') expect(lived).toBeLessThan(100);
    else expect(lived).toBeGreaterThanOrEqual(8900);
  });
});

describe('lived: stability of a peer that answers once and never again', () => {
  test.each([
    ['the default policy', {}],
    ['an interval of 1 s', { interval: '1s' }],
  ] as const)('is none, so that a list moves on and its backoff grows: %s', async (_title, heartbeat) => {
    const here = world({ heartbeat });
    here.network.serve('zombie', once);
    here.network.serve('well', (peer) => {
      peer.onData = (chunk) => peer.write(new TextDecoder().decode(chunk).replaceAll('PING', 'PONG'));
    });
    const connection = here.supervisor.connect({ url: ['memory://zombie', 'memory://well'] });
    await here.clock.run(60_000);
    expect([connection.state, connection.url, connection.incarnation]).toEqual(['alive', 'memory://well', 2]);
    await expectNothingLeft(here);
  });

  test('is none after a WebSocket upgrade followed by silence, although the upgrade is a proof', async () => {
    const here = webSockets();
    here.sockets.serve('feed', (peer) => {
      peer.autoPong = false;
    });
    const connection = here.supervisor.connect({ url: 'ws://feed', reconnect: { restart: 'temporary' } });
    await here.clock.run(60_000);
    expect(await connection.closed).toMatchObject({ reason: 'heartbeat-timeout', proved: true, livedMs: 0 });
    await expectNothingLeft(here);
  });

  test('is there on a quiet link that nothing asks', async () => {
    const here = webSockets();
    here.sockets.serve('feed', (peer) => {
      peer.autoPong = false;
    });
    const connection = here.supervisor.connect({
      url: 'ws://feed',
      heartbeat: { interval: null },
      reconnect: { restart: 'temporary' },
    });
    await here.clock.run(60_000);
    here.network.links[0]?.reset();
    await here.clock.run(1000);
    expect((await connection.closed).livedMs).toBeGreaterThan(59_000);
    await expectNothingLeft(here);
  });
});

function webSockets(): World & { sockets: ReturnType<typeof memoryWebSockets> } {
  const clock = virtualClock({ seed: 1 });
  const network = memoryNetwork({ clock });
  const sockets = memoryWebSockets(network);
  return {
    ...world({ clock, transports: [sockets.transport], protocols: { websocket } }),
    clock,
    network,
    sockets,
  };
}
