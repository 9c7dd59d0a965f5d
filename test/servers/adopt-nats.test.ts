/** nats.js, adopted as docs/adopting.md says, against nats-server. */
import type { Msg, NatsConnection } from 'nats';
import type { Adoption } from '../../src/adopt/adoption.ts';
import { adoptedScenario, nextMessage } from './support/adopted.ts';
import { natsServer } from './support/nats-server.ts';
import { recipe } from './support/recipes.ts';

const subscriber = await recipe<(...subjects: string[]) => Adoption<NatsConnection, Msg>>('natsSubscriber');

adoptedScenario<NatsConnection, Msg, never>({
  name: 'adopt: nats.js',
  programs: ['nats-server'],
  start: () => natsServer({ args: ['--user', 'user', '--pass', 'secret'] }),
  spec: (port) => ({ ...subscriber('prices'), url: `nats://user:secret@127.0.0.1:${port}` }),
  wrong: { username: 'user', password: 'wrong' },
  async business(connection) {
    const arrived = nextMessage(connection, (message) => message.string() === 'hello');
    connection.agreed?.publish('prices', 'hello');
    return arrived;
  },
  stopped: ['closed-by-peer', 'reset'],
});
