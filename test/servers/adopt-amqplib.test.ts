/** amqplib, adopted as docs/adopting.md says, against RabbitMQ. */
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import type { Adoption } from '../../src/adopt/adoption.ts';
import { adoptedScenario, nextMessage } from './support/adopted.ts';
import { rabbitPrograms, rabbitServer } from './support/rabbitmq.ts';
import { recipe } from './support/recipes.ts';

interface Amqp {
  readonly connection: ChannelModel;
  readonly channel: Channel;
}

const consumer = await recipe<(queue: string) => Adoption<Amqp, ConsumeMessage, Buffer>>('amqpConsumer');

adoptedScenario<Amqp, ConsumeMessage, Buffer>({
  name: 'adopt: amqplib',
  programs: rabbitPrograms,
  start: async () => (await rabbitServer()).server,
  spec: (port) => ({ ...consumer('prices'), url: `amqp://guest:guest@127.0.0.1:${port}` }),
  wrong: { username: 'guest', password: 'wrong' },
  async business(connection) {
    const arrived = nextMessage(connection, ({ content }) => String(content) === 'hello');
    await connection.send(Buffer.from('hello'));
    return arrived;
  },
  stopped: ['going-away', 'reset'],
});
