/** `holdfast/stomp` against RabbitMQ with its STOMP plugin. */
import { beforeAll, expect, test } from 'vitest';
import type { Connection } from '../../src/actors/supervisor/handle.ts';
import { type StompIn, type StompOptions, type StompOut, stomp } from '../../src/stomp.ts';
import { describeWith } from './support/installed.ts';
import { expectCleanEnds, type RabbitServer, rabbitPrograms, rabbitServer } from './support/rabbitmq.ts';
import { reply } from './support/replies.ts';
import { scenario } from './support/scenario.ts';
import { watched } from './support/watched.ts';

const isReceipt = (message: StompIn) => message.command === 'RECEIPT';
const isMessage = (message: StompIn) => message.command === 'MESSAGE';

const specFor = ({ stompPort }: RabbitServer, options: StompOptions = {}) => ({
  url: `stomp://guest:guest@127.0.0.1:${stompPort}`,
  protocol: stomp(options),
});

async function business(connection: Connection<StompIn, StompOut>): Promise<void> {
  const receipt = reply(connection, isReceipt);
  const headers = { id: '1', destination: '/topic/t', ack: 'client-individual', receipt: 'r' };
  await connection.send({ command: 'SUBSCRIBE', headers });
  await receipt;
  const message = reply(connection, isMessage);
  const sent = { destination: '/topic/t', 'my:header': 'a\\b\nc' };
  await connection.send({ command: 'SEND', headers: sent, body: 'h\u0000i' });
  const { headers: received, body } = await message;
  expect(received).toMatchObject(sent);
  expect(Buffer.from(body).toString()).toBe('h\u0000i');
  await connection.send({ command: 'ACK', headers: { id: received.ack ?? '' } });
  await connection.send({ command: 'UNSUBSCRIBE', headers: { id: '1' } });
}

scenario<StompIn, StompOut, RabbitServer>({
  name: 'stomp',
  programs: rabbitPrograms,
  start: () => rabbitServer(),
  server: ({ server }) => server,
  connect: (rabbit) => ({ id: 'stomp', ...specFor(rabbit) }),
  wrong: { handshake: { username: 'guest', password: 'wrong' } },
  business,
  stopped: ['going-away'],
  // RabbitMQ sends every 1000 ms at most: it is suspected after 2 s, and frozen for 3.
  policy: { heartbeat: { condemnAfter: 500 } },
});

describeWith(rabbitPrograms, 'stomp, more', () => {
  let rabbit: RabbitServer;
  beforeAll(async () => {
    rabbit = await rabbitServer();
  }, 120_000);

  test('stomp: heart-beats 0,0 and 500,3000 and 3000,500 under a fast policy: one incarnation in 20 s, no suspicion', async () => {
    const { supervisor, sights } = watched({}, () => rabbit.server.log());
    // RabbitMQ offers and wants at least 1000 ms.
    const agreed = { '0,0': [null, null], '500,3000': [1000, 3000], '3000,500': [3000, 1000] };
    const connections = Object.keys(agreed).map((id) => {
      const [sends = 0, receives = 0] = id.split(',').map(Number);
      return supervisor.connect({ id, ...specFor(rabbit, { heartBeat: [sends, receives] }) });
    });
    await sights.within(Promise.all(connections.map((each) => each.ready())), 'ready');
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    for (const { id, agreed: session, incarnation } of connections) {
      expect([id, session?.sends, session?.receives]).toEqual([id, ...agreed[id as keyof typeof agreed]]);
      expect(incarnation).toBe(1);
    }
    expect(sights.entered('suspect')).toBe(0);
    await supervisor.stop();
  });

  test('stomp: close(), stop() and maxAge leave no warning and no error in the log of the broker', async () => {
    const { supervisor, sights } = watched({}, () => rabbit.server.log());
    const before = rabbit.server.log().length;
    const [closed, aged, stopped] = ['closed', 'aged', 'stopped'].map((id) => {
      const deadlines = id === 'aged' ? { maxAge: 300 } : {};
      return supervisor.connect({ id, ...specFor(rabbit), deadlines });
    });
    await sights.within(Promise.all([closed, aged, stopped].map((each) => each?.ready())), 'ready');
    await sights.sees('max-age', () => sights.exits.includes('max-age'));
    await closed?.close();
    await supervisor.stop();
    await expectCleanEnds(rabbit, 'STOMP', 3, before);
  });

  test('stomp: with receipts `confirmed` settles when the broker has taken the frame, and not before', async () => {
    const { supervisor, sights } = watched({}, () => rabbit.server.log());
    const connection = supervisor.connect({ id: 'receipts', ...specFor(rabbit, { receipts: true }) });
    const receipts = await Promise.all(
      ['a', 'b', 'c'].map((body) =>
        connection.send({ command: 'SEND', headers: { destination: '/queue/receipts' }, body }),
      ),
    );
    await sights.within(Promise.all(receipts.map(({ confirmed }) => confirmed)), 'confirmed');
    await supervisor.stop();
  });

  test('stomp: a virtual host that does not exist is unauthorized, as RabbitMQ says, after one attempt', async () => {
    const { supervisor, sights } = watched({}, () => rabbit.server.log());
    const { url, protocol } = specFor(rabbit);
    const connection = supervisor.connect({ id: 'nowhere', url: `${url}/nowhere`, protocol });
    expect(await sights.within(connection.closed, 'the end')).toMatchObject({
      reason: 'unauthorized',
      code: 'Bad CONNECT',
    });
    expect(connection.incarnation).toBe(1);
    await supervisor.stop();
  });

  test('stomp: an ERROR about one frame is going-away, and the next incarnation goes on', async () => {
    const { supervisor, sights } = watched({}, () => rabbit.server.log());
    const connection = supervisor.connect({ id: 'error', ...specFor(rabbit) });
    await connection.send({ command: 'SEND', headers: { destination: '/nothing/x' }, body: '' });
    await sights.sees('its exit', () => sights.exits.length > 0);
    expect(sights.exits).toEqual(['going-away']);
    await sights.within(connection.ready(), 'ready again');
    await supervisor.stop();
  });
});
