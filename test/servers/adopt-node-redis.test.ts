/** node-redis, adopted as docs/adopting.md says, against redis-server. */
import type { createClient } from 'redis';
import type { Adoption } from '../../src/adopt/adoption.ts';
import { adoptedScenario, nextMessage } from './support/adopted.ts';
import { recipe } from './support/recipes.ts';
import { redisServer } from './support/redis-server.ts';

type Client = ReturnType<typeof createClient>;

interface Published {
  readonly channel: string;
  readonly text: string;
}

const subscriber = await recipe<(...channels: string[]) => Adoption<Client, Published>>('redisSubscriber');

adoptedScenario<Client, Published, never>({
  name: 'adopt: node-redis',
  programs: ['redis-server'],
  start: () => redisServer({ password: 'secret' }),
  spec: (port) => ({ ...subscriber('prices'), url: `redis://default:secret@127.0.0.1:${port}` }),
  wrong: { username: 'default', password: 'wrong' },
  async business(connection) {
    const arrived = nextMessage(connection, ({ text }) => text === 'hello');
    const publisher = (connection.agreed as Client).duplicate();
    await publisher.connect();
    await publisher.publish('prices', 'hello');
    publisher.destroy();
    return arrived;
  },
  stopped: ['closed-by-peer', 'reset'],
});
