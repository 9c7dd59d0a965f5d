/** `close()` at every moment of a connection's life: one socket is closed once, and all callers get the same exit. */
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/actors/supervisor/handle.ts';
import {
  answers,
  answersLines,
  chatter,
  mute,
  type PlainServer,
  plainServer,
} from '../../support/plain-peer.ts';
import { type Supervision, supervision } from '../../support/supervision.ts';
import { roundTrip } from '../../transport/peers.ts';

const impatient = { interval: 50, suspectAfter: { min: 50, max: 50 }, condemnAfter: 60_000 };

interface Scene {
  readonly connection: Connection;
  readonly server: PlainServer;
}
type Arrange = (here: Supervision) => Promise<Scene>;

const dialling: Arrange = async ({ supervisor }) => {
  const server = await plainServer(mute, { scheme: 'tls' });
  const connection = supervisor.connect({ url: server.url });
  await server.peer();
  return { connection, server };
};

const handshaking: Arrange = async ({ supervisor }) => {
  const server = await plainServer(mute);
  const connection = supervisor.connect({ url: server.url });
  await (await server.peer()).saw('PING\n');
  return { connection, server };
};

const alive: Arrange = async ({ supervisor }) => {
  const server = await plainServer(answersLines);
  const connection = supervisor.connect({ url: server.url });
  await connection.ready();
  return { connection, server };
};

const suspect: Arrange = async ({ supervisor, events }) => {
  const server = await plainServer(answers('PING\n', 'PONG\n', 1));
  const connection = supervisor.connect({ url: server.url, heartbeat: impatient });
  await events.saw({ to: 'suspect' });
  return { connection, server };
};

/** The peer goes on talking, and never ends its own side. */
const stubborn: Arrange = async ({ supervisor }) => {
  const server = await plainServer(
    (peer) => {
      answersLines(peer);
      chatter(peer, 'tick\n', 20);
    },
    { allowHalfOpen: true },
  );
  const connection = supervisor.connect({ url: server.url });
  await connection.ready();
  return { connection, server };
};

const peerCloses: Arrange = async (here) => {
  const scene = await alive(here);
  (await scene.server.peer()).socket.end();
  return scene;
};

const peerResets: Arrange = async (here) => {
  const scene = await alive(here);
  (await scene.server.peer()).socket.resetAndDestroy();
  return scene;
};

/** Its end of stream was read already; `close()` comes in the middle of that. */
const peerClosedFirst: Arrange = async (here) => {
  const scene = await alive(here);
  scene.connection.state$.subscribe((state) => state === 'closing' && void scene.connection.close());
  (await scene.server.peer()).socket.end();
  await here.events.saw({ to: 'closing' });
  return scene;
};

/** What is said to the socket: goodbyes, then drops while it is still there. */
const graceful = [1, 0];
const abrupt = [0, 1];
const both = [1, 1];

const scenes: [when: string, arrange: Arrange, reason: string, said: number[]][] = [
  ['while it dials', dialling, 'closed-by-us', abrupt],
  ['while it shakes hands', handshaking, 'closed-by-us', abrupt],
  ['while it is alive', alive, 'closed-by-us', graceful],
  ['while it is suspect', suspect, 'closed-by-us', graceful],
  ['with a peer that never ends its side', stubborn, 'closed-by-us', both],
  ['in the same moment as the peer', peerCloses, 'closed-by-us', graceful],
  ['right after the peer', peerClosedFirst, 'closed-by-peer', graceful],
];

describe('closing: close(), twice', () => {
  it.each(scenes)('%s closes one socket once', async (_when, arrange, reason, said) => {
    const here = supervision();
    const { connection, server } = await arrange(here);
    const exits = await Promise.all([connection.close(), connection.closed, connection.close()]);
    await expectClosedOnce(here, server, new Set([...exits, await connection.close()]));
    expect(exits[0]).toMatchObject({ reason, class: 'normal' });
    expect(here.sockets.map(({ goodbyes, drops }) => [goodbyes, drops])).toEqual([said]);
  });

  it('in the same moment as a reset closes one socket once', async () => {
    const here = supervision();
    const { connection, server } = await peerResets(here);
    const exits = await Promise.all([connection.close(), connection.closed, connection.close()]);
    await expectClosedOnce(here, server, new Set(exits));
    expect(exits[0]).toMatchObject({ reason: 'closed-by-us' });
  });

  it('while it waits for its next attempt opens no socket any more', async () => {
    const here = supervision({ reconnect: { backoff: { base: '1m', cap: '1m' } } });
    const { connection, server } = await alive(here);
    (await server.peer()).socket.end();
    await here.events.saw({ event: 'reconnect-scheduled' });
    const exits = await Promise.all([connection.close(), connection.closed, connection.close()]);
    await expectClosedOnce(here, server, new Set(exits));
    expect(exits[0]).toMatchObject({ reason: 'closed-by-us' });
  });
});

async function expectClosedOnce(
  { supervisor, events, sockets }: Supervision,
  server: PlainServer,
  exits: ReadonlySet<unknown>,
): Promise<void> {
  expect(exits.size).toBe(1);
  expect([...supervisor.connections]).toEqual([]);
  const peer = await server.peer();
  await peer.closed();
  await roundTrip();
  expect(sockets.map(({ closes }) => closes)).toEqual([1]);
  expect(server.peers.map(({ closes }) => closes)).toEqual([1]);
  expect(events.matching({ event: 'state', to: 'closed' })).toHaveLength(1);
  expect(events.matching({ event: 'left' })).toHaveLength(1);
}
