/** A connection with `phoenix()` and the default policy, in virtual time. */
import { expect, test } from 'vitest';
import { phoenix, phoenixUrl } from '../../../src/protocols/phoenix/phoenix.ts';
import type { MemoryWebSocketPeer } from '../../../src/testing/network/memory-websocket-peer.ts';
import { webWorld } from '../web-world.ts';

const spec = {
  url: phoenixUrl('ws+phoenix://api.example/socket'),
  protocol: phoenix({ join: { 'room:1': {} } }),
};

/** Replies to everything. */
function serve(message: string | Uint8Array, peer: MemoryWebSocketPeer) {
  const [joinRef, ref, topic, , response] = JSON.parse(String(message));
  peer.send(JSON.stringify([joinRef, ref, topic, 'phx_reply', { status: 'ok', response }]));
}

test('phoenix: an idle connection beats every interval, and stays alive for ten minutes', async () => {
  const { clock, supervisor, heard, states, peers } = webWorld(serve);
  const connection = supervisor.connect(spec);
  await clock.run(600_000);
  expect(states).toEqual(['connecting', 'alive']);
  expect(connection.rtt?.last).toBe(2);
  expect(heard.filter((message) => String(message).includes('heartbeat')).length).toBeGreaterThan(50);
  expect(peers[0]?.request?.url).toBe('ws://api.example/socket/websocket?vsn=2.0.0');
});

test('phoenix: a frozen server is condemned, and the topics are joined in the next incarnation', async () => {
  const { clock, supervisor, heard, states, host } = webWorld(serve);
  const connection = supervisor.connect(spec);
  await clock.run(1000);
  host.freeze();
  await clock.run(21_000);
  expect(states.slice(0, 4)).toEqual(['connecting', 'alive', 'suspect', 'closing:heartbeat-timeout']);
  host.thaw();
  await clock.run(60_000);
  expect(connection.state).toBe('alive');
  expect(heard.filter((message) => String(message).includes('phx_join')).length).toBeGreaterThanOrEqual(2);
});

test('phoenix: a channel of join that crashes ends the incarnation, and a push waits for the next one', async () => {
  const { clock, supervisor, heard, states, peers } = webWorld(serve);
  const connection = supervisor.connect(spec);
  await clock.run(1000);
  peers[0]?.send('["1","1","room:1","phx_error",{}]');
  await clock.run(10);
  expect(states.at(-1)).toBe('closed:going-away');
  const sent = connection.send({ topic: 'room:1', event: 'shout', key: 1 });
  await clock.run(60_000);
  expect((await sent).outcome).toBe('written');
  expect(heard.map(String).filter((message) => message.includes('shout'))).toEqual([
    '["1","2","room:1","shout",{}]',
  ]);
});

test('phoenix: an unanswered join is handshake-timeout', async () => {
  const { clock, supervisor } = webWorld(() => {});
  const connection = supervisor.connect({ ...spec, reconnect: { restart: 'temporary' } });
  await clock.run(20_000);
  expect((await connection.closed).reason).toBe('handshake-timeout');
});
