/** `holdfast/amqp` against RabbitMQ. */
import { beforeAll, expect, test } from 'vitest';
import type { Connection } from '../../src/actors/supervisor/handle.ts';
import { type AmqpFrame, type AmqpIn, type AmqpOptions, type AmqpOut, amqp } from '../../src/amqp.ts';
import { channelOpen, sent, shortText, u16, u32 } from '../protocols/amqp/peer.ts';
import { describeWith } from './support/installed.ts';
import { expectCleanEnds, type RabbitServer, rabbitPrograms, rabbitServer } from './support/rabbitmq.ts';
import { reply } from './support/replies.ts';
import { scenario } from './support/scenario.ts';
import { watched } from './support/watched.ts';

type Amqp = Connection<AmqpIn, AmqpOut>;

const specFor = ({ server }: RabbitServer, options: AmqpOptions = {}) => ({
  url: `amqp://guest:guest@${server.address}`,
  protocol: amqp({ name: 'test', ...options }),
});

const isMethod = (classId: number, methodId: number) => {
  const id = Buffer.from([...u16(classId), ...u16(methodId)]);
  return (frame: AmqpIn): frame is AmqpFrame =>
    frame.type === 'method' && id.equals(frame.payload.subarray(0, 4));
};
const isBody = (frame: AmqpIn): frame is AmqpFrame => frame.type === 'body';

async function call(
  connection: Amqp,
  request: AmqpOut,
  answer: readonly [number, number],
): Promise<AmqpFrame> {
  const answered = reply(connection, isMethod(...answer));
  await connection.send(request);
  return await answered;
}

/** A channel, a queue, one publication, and its way back by Basic.Get. */
async function business(connection: Amqp): Promise<void> {
  await call(connection, channelOpen(1), [20, 11]);
  const exclusive = [0b100];
  const declared = await call(connection, sent(1, 50, 10, u16(0), [0], exclusive, u32(0)), [50, 11]);
  const queue = Buffer.from(declared.payload.subarray(5, 5 + (declared.payload[4] ?? 0))).toString();
  const header = Buffer.from([...u16(60), ...u16(0), ...u32(0), ...u32(5), ...u16(0)]);
  await connection.send([
    sent(1, 60, 40, u16(0), [0], shortText(queue), [0]),
    { type: 'header', channel: 1, payload: header },
    { type: 'body', channel: 1, payload: Buffer.from('hello') },
  ]);
  const body = reply(connection, isBody);
  await call(connection, sent(1, 60, 70, u16(0), shortText(queue), [1]), [60, 71]);
  expect(Buffer.from((await body).payload).toString()).toBe('hello');
  await call(connection, sent(1, 20, 40, u16(200), [0], u16(0), u16(0)), [20, 41]);
}

scenario<AmqpIn, AmqpOut, RabbitServer>({
  name: 'amqp',
  programs: rabbitPrograms,
  start: () => rabbitServer(),
  server: ({ server }) => server,
  connect: (rabbit) => ({ id: 'amqp', ...specFor(rabbit) }),
  wrong: { handshake: { username: 'guest', password: 'wrong' } },
  business,
  stopped: ['going-away'],
});

describeWith(rabbitPrograms, 'amqp, more', () => {
  let rabbit: RabbitServer;
  beforeAll(async () => {
    rabbit = await rabbitServer();
  }, 120_000);

  test('amqp: heartbeats of 60 s, of 1 s and none under a fast policy: one incarnation in 20 s, no suspicion', async () => {
    const { supervisor, sights } = watched({}, () => rabbit.server.log());
    const connections = [{ heartbeat: 60 }, {}, { heartbeat: 0 }].map((options, index) =>
      supervisor.connect({ id: `${index}`, ...specFor(rabbit, options) }),
    );
    await sights.within(Promise.all(connections.map((each) => each.ready())), 'ready');
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    expect(connections.map(({ agreed }) => agreed?.heartbeat)).toEqual([60, 1, 0]);
    expect(connections.map(({ incarnation }) => incarnation)).toEqual([1, 1, 1]);
    expect(sights.entered('suspect')).toBe(0);
    await supervisor.stop();
  });

  test('amqp: close(), stop() and maxAge with open channels leave no warning and no error in the log of the broker', async () => {
    const { supervisor, sights } = watched({}, () => rabbit.server.log());
    const before = rabbit.server.log().length;
    const [closed, aged, stopped] = ['closed', 'aged', 'stopped'].map((id) => {
      const deadlines = id === 'aged' ? { maxAge: 300 } : {};
      return supervisor.connect({ id, ...specFor(rabbit), deadlines });
    });
    const all = [closed, aged, stopped].map(async (each) => {
      for (const channel of [1, 2, 3]) await each?.send(channelOpen(channel));
    });
    await sights.within(Promise.all(all), 'ready');
    await sights.sees('max-age', () => sights.exits.includes('max-age'));
    await closed?.close();
    await supervisor.stop();
    await expectCleanEnds(rabbit, 'AMQP', 3, before);
  });

  test('amqp: a virtual host that does not exist is bad-config, after one attempt', async () => {
    const { supervisor, sights } = watched({}, () => rabbit.server.log());
    const { url, protocol } = specFor(rabbit);
    const connection = supervisor.connect({ id: 'nowhere', url: `${url}/nowhere`, protocol });
    expect(await sights.within(connection.closed, 'the end')).toMatchObject({
      reason: 'bad-config',
      code: 530,
    });
    expect(connection.incarnation).toBe(1);
    await supervisor.stop();
  });

  test('amqp: a frame for a channel of the incarnation before is refused, and the connection stays', async () => {
    const { supervisor, sights } = watched({}, () => rabbit.server.log());
    const connection = supervisor.connect({ id: 'channels', ...specFor(rabbit) });
    await connection.send(channelOpen(1));
    connection.reconnect();
    await sights.sees('its exit', () => sights.exits.length > 0);
    await sights.within(connection.ready(), 'ready again');
    await expect(connection.send(sent(1, 20, 40, u16(200), [0], u16(0), u16(0)))).rejects.toMatchObject({
      code: 'bad-message',
    });
    await business(connection);
    expect(connection.incarnation).toBe(2);
    await supervisor.stop();
  });
});
