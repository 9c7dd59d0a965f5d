/** A connection with `graphqlWs()` and the default policy, in virtual time. */
import { expect, test } from 'vitest';
import { graphqlWs } from '../../../src/protocols/graphql-ws/graphql-ws.ts';
import type { MemoryWebSocketPeer } from '../../../src/testing/network/memory-websocket-peer.ts';
import { webWorld } from '../web-world.ts';

const spec = { url: 'ws+graphql://api.example/graphql', protocol: graphqlWs() };

function serve(message: string | Uint8Array, peer: MemoryWebSocketPeer) {
  const { type, payload } = JSON.parse(String(message));
  if (type === 'connection_init') peer.send('{"type":"connection_ack"}');
  if (type === 'ping') peer.send(JSON.stringify({ type: 'pong', payload }));
}

test('graphql-ws: an idle connection asks every interval, and stays alive for ten minutes', async () => {
  const { clock, supervisor, heard, states, peers } = webWorld(serve);
  const connection = supervisor.connect(spec);
  await clock.run(600_000);
  expect(states).toEqual(['connecting', 'alive']);
  expect(connection.rtt?.last).toBe(2);
  const pings = heard.filter((message) => String(message).includes('"ping"'));
  expect(pings.length).toBeGreaterThan(50);
  expect(peers[0]?.request).toMatchObject({
    url: 'ws://api.example/graphql',
    protocols: ['graphql-transport-ws'],
  });
});

test('graphql-ws: a server that never acknowledges is handshake-timeout after deadlines.handshake', async () => {
  const { clock, supervisor, states } = webWorld(() => {});
  const connection = supervisor.connect({ ...spec, reconnect: { restart: 'temporary' } });
  await clock.run(10_000);
  expect(states).toEqual(['connecting']);
  await clock.run(1000);
  expect((await connection.closed).reason).toBe('handshake-timeout');
});

test('graphql-ws: a frozen server is suspected, and condemned within the time of the policy', async () => {
  const { clock, supervisor, states, host } = webWorld(serve);
  supervisor.connect(spec);
  await clock.run(1000);
  host.freeze();
  await clock.run(21_000);
  expect(states.slice(0, 4)).toEqual(['connecting', 'alive', 'suspect', 'closing:heartbeat-timeout']);
});

test('graphql-ws: pings of the server are answered, and messages wait for the acknowledgement', async () => {
  const { clock, supervisor, heard } = webWorld(serve, (peer) =>
    peer.send('{"type":"ping","payload":{"n":1}}'),
  );
  const connection = supervisor.connect(spec);
  connection.send({ type: 'complete', id: '1' });
  await clock.run(100);
  expect(heard.toSorted()).toEqual([
    '{"type":"complete","id":"1"}',
    '{"type":"connection_init"}',
    '{"type":"pong","payload":{"n":1}}',
  ]);
  expect(heard.at(-1)).toContain('complete');
});
