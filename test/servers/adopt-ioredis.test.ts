/** ioredis, adopted as docs/adopting.md says, against redis-server. */
import type { Redis } from 'ioredis';
import type { Adoption } from '../../src/adopt/adoption.ts';
import { adoptedScenario, nextMessage } from './support/adopted.ts';
import { recipe } from './support/recipes.ts';
import { redisServer } from './support/redis-server.ts';

interface Published {
  readonly channel: string;
  readonly text: string;
}

const subscriber = await recipe<(...channels: string[]) => Adoption<Redis, Published>>('ioredisSubscriber');

adoptedScenario<Redis, Published, never>({
  name: 'adopt: ioredis',
  programs: ['redis-server'],
  start: () => redisServer({ password: 'secret' }),
  spec: (port) => ({ ...subscriber('prices'), url: `redis://default:secret@127.0.0.1:${port}` }),
  wrong: { username: 'default', password: 'wrong' },
  async business(connection) {
    const arrived = nextMessage(connection, ({ text }) => text === 'hello');
    const publisher = (connection.agreed as Redis).duplicate({ lazyConnect: true, enableOfflineQueue: true });
    await publisher.connect();
    await publisher.publish('prices', 'hello');
    publisher.disconnect();
    return arrived;
  },
  stopped: ['closed-by-peer', 'reset'],
});
