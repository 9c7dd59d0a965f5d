/** `phoenix()` against a peer with the serializer of Phoenix's own client: a Phoenix of Elixir needs hex.pm. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Connection } from '../../src/actors/supervisor/handle.ts';
import type { PhoenixIn, PhoenixPush } from '../../src/protocols/phoenix/messages.ts';
import { phoenix, phoenixUrl } from '../../src/protocols/phoenix/phoenix.ts';
import { later } from '../transport/peers.ts';
import { nodeServer } from './support/node-server.ts';
import { reply } from './support/replies.ts';
import { scenario } from './support/scenario.ts';
import type { Server } from './support/server.ts';
import { watched } from './support/watched.ts';

const topic = 'room:lobby';
const start = () => nodeServer('phoenix-server.mjs');
const specOf = ({ address }: Server) => ({
  url: phoenixUrl(`ws+phoenix://${address}/socket`),
  protocol: phoenix({ join: { [topic]: { since: 7 } } }),
  credentials: { handshake: { token: 'secret' } },
});

async function shout(connection: Connection<PhoenixIn, PhoenixPush>) {
  const answer = reply(connection, (message) => 'key' in message);
  await connection.send({ topic, event: 'shout', payload: { text: 'hi' }, key: 'mine' });
  const expected = { topic, event: 'phx_reply', status: 'ok', response: { text: 'hi' }, key: 'mine' };
  expect(await answer).toEqual(expected);
}

scenario({
  name: 'phoenix',
  programs: [],
  start,
  connect: specOf,
  wrong: { handshake: { token: 'wrong' } },
  business: shout,
  stopped: ['going-away'],
});

describe('phoenix', () => {
  let server: Server;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.kill());

  async function alive() {
    const { supervisor, sights } = watched({}, () => server.log());
    later(() => supervisor.stop());
    const connection = supervisor.connect(specOf(server));
    await sights.within(connection.ready(), 'ready');
    return { connection, sights };
  }

  test('phoenix: the responses to the joins are what was agreed', async () => {
    const { connection } = await alive();
    expect(connection.agreed).toEqual({ [topic]: { since: 7, token: 'secret' } });
  });

  test('phoenix: bytes travel as binary messages', async () => {
    const { connection, sights } = await alive();
    const payload = new Uint8Array([0, 1, 255]);
    const answer = reply(connection, ({ event }) => event === 'bytes');
    await connection.send({ topic, event: 'bytes', payload });
    expect(await sights.within(answer, 'the broadcast')).toEqual({ topic, event: 'bytes', payload });
  });

  test.each([
    ['boom', 'going-away'],
    ['close', 'closed-by-peer'],
  ])('phoenix: a channel of join that ends by %s is %s, and is joined again', async (event, reason) => {
    const { connection, sights } = await alive();
    await connection.send({ topic, event });
    await sights.sees('its exit', () => sights.exits.length > 0);
    expect(sights.exits).toEqual([reason]);
    await sights.within(connection.ready(), 'ready again');
    await sights.within(shout(connection), 'business');
  });

  test('phoenix: another topic is joined by a message, and its error leaves the connection', async () => {
    const { connection, sights } = await alive();
    const other = 'room:other';
    const joined = reply(connection, (message) => 'key' in message);
    connection.send({ topic: other, event: 'phx_join', payload: { token: 'secret' }, key: 'join' });
    expect(await sights.within(joined, 'the join')).toMatchObject({ topic: other, status: 'ok' });
    const ended = reply(connection, ({ event }) => event === 'phx_error');
    connection.send({ topic: other, event: 'boom' });
    expect(await sights.within(ended, 'phx_error')).toMatchObject({ topic: other });
    await expect(connection.send({ topic: other, event: 'shout' })).rejects.toMatchObject({
      code: 'bad-message',
    });
    expect([connection.state, connection.incarnation]).toEqual(['alive', 1]);
  });
});
