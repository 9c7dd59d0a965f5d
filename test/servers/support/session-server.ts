/**
 * A process that accepts sessions on a port, kept in Redis. Each message goes to a list in Redis, in the transaction that records it.
 * Arguments: port to listen on, port of Redis, prefix.
 */
import { type ChainableCommander, Redis } from 'ioredis';
import { createSupervisor, framed, silentLogger } from '../../../src/index.ts';
import { session } from '../../../src/session.ts';
import { redisSessions } from '../../../src/session-redis.ts';

const [port, redisPort, prefix = ''] = process.argv.slice(2);
const redis = new Redis(Number(redisPort));
const supervisor = createSupervisor({
  logger: silentLogger,
  onError: (error) => void process.stdout.write(`${error}\n`),
});
await supervisor.listen({
  url: `tcp://127.0.0.1:${port}`,
  protocol: session(framed(), {
    plaintext: true,
    store: redisSessions(redis, { prefix }),
    onSession(opened) {
      opened.onMessage = async (message) => {
        await opened.handled((transaction) =>
          (transaction as ChainableCommander).rpush(`${prefix}effects`, String(message)),
        );
        void opened.send(`echo ${message}`).catch(() => {});
      };
    },
  }),
});
process.stdout.write('listening\n');
