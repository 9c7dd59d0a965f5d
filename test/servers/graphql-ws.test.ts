/** `graphqlWs()` against the server of the package graphql-ws. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Connection } from '../../src/actors/supervisor/handle.ts';
import { graphqlWs } from '../../src/protocols/graphql-ws/graphql-ws.ts';
import type { GraphQlIn, GraphQlOut } from '../../src/protocols/graphql-ws/messages.ts';
import { later } from '../transport/peers.ts';
import { nodeServer } from './support/node-server.ts';
import { reply } from './support/replies.ts';
import { scenario } from './support/scenario.ts';
import type { Server } from './support/server.ts';
import { watched } from './support/watched.ts';

const start = () => nodeServer('graphql-ws-server.mjs', 500);
const specOf = ({ address }: Server) => ({
  url: `ws+graphql://${address}/graphql`,
  protocol: graphqlWs(),
  credentials: { handshake: { token: 'secret' } },
});

async function query(connection: Connection<GraphQlIn, GraphQlOut>) {
  const answer = reply(connection, ({ type }) => type === 'next');
  await connection.send({ type: 'subscribe', id: '1', payload: { query: '{ hello }' } });
  expect(await answer).toEqual({ type: 'next', id: '1', payload: { data: { hello: 'world' } } });
}

scenario({
  name: 'graphql-ws',
  programs: [],
  start,
  connect: specOf,
  wrong: { handshake: { token: 'wrong' } },
  business: query,
  stopped: ['going-away'],
});

describe('graphql-ws', () => {
  let server: Server;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.kill());

  test.each(['401', 'wrong'])(
    'graphql-ws: the token %s closes with 44xx: unauthorized, and a function is asked once more',
    async (token) => {
      const { supervisor, sights } = watched({}, () => server.log());
      later(() => supervisor.stop());
      let asked = 0;
      const connection = supervisor.connect({
        ...specOf(server),
        credentials: () => {
          asked++;
          return { handshake: { token } };
        },
      });
      const exit = await sights.within(connection.closed, 'the end');
      expect(exit).toMatchObject({
        reason: 'unauthorized',
        code: token === '401' ? 4401 : 4403,
        class: 'fatal',
      });
      expect([asked, connection.incarnation]).toEqual([2, 2]);
    },
  );

  test('graphql-ws: the token is in connection_init and in no part of the upgrade request', async () => {
    const { supervisor, sights } = watched({}, () => server.log());
    later(() => supervisor.stop());
    const token = 'a-token-to-look-for';
    const connection = supervisor.connect({ ...specOf(server), credentials: { handshake: { token } } });
    await sights.within(connection.closed, 'the end');
    const lines = server.log().split('\n');
    expect(lines.filter((line) => line.includes(token))).toEqual([`init {"token":"${token}"}`]);
    expect(lines.filter((line) => line.startsWith('request ')).at(-1)).toContain('graphql-transport-ws');
  });

  test('graphql-ws: the payload of connection_ack is what was agreed', async () => {
    const { supervisor, sights } = watched({}, () => server.log());
    later(() => supervisor.stop());
    const connection = supervisor.connect(specOf(server));
    await sights.within(connection.ready(), 'ready');
    expect(connection.agreed).toEqual({ user: 'ada' });
  });

  test('graphql-ws: without its subprotocol the server closes with 4406: protocol-error', async () => {
    const { supervisor, sights } = watched({}, () => server.log());
    later(() => supervisor.stop());
    const connection = supervisor.connect({ ...specOf(server), url: `ws://${server.address}/graphql` });
    const exit = await sights.within(connection.closed, 'the end');
    expect(exit).toMatchObject({ reason: 'protocol-error', code: 4406, class: 'fatal' });
    expect(connection.incarnation).toBe(1);
  });

  test('graphql-ws: an id that is in use closes with 4409: protocol-error', async () => {
    const { supervisor, sights } = watched({}, () => server.log());
    later(() => supervisor.stop());
    const connection = supervisor.connect(specOf(server));
    await sights.within(connection.ready(), 'ready');
    const slow = { type: 'subscribe', id: '1', payload: { query: '{ never }' } } as const;
    connection.send(slow);
    connection.send(slow);
    expect(await sights.within(connection.closed, 'the end')).toMatchObject({
      reason: 'protocol-error',
      code: 4409,
    });
  });
});
