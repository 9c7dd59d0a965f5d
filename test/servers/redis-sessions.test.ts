/** The Redis store of sessions against redis-server, by both clients. */
import { beforeAll, describe } from 'vitest';
import { storeContract } from '../sessions/store-contract.ts';
import { describeWith } from './support/installed.ts';
import { dial, durableRedis, libraries, redisWorld } from './support/redis-stores.ts';
import type { Server } from './support/server.ts';

describeWith(['redis-server'], 'sessions in Redis', () => {
  let server: Server;
  beforeAll(async () => {
    server = await durableRedis();
  });

  describe.each(libraries)('by %s', (library) => {
    storeContract(async () => redisWorld(await dial(library, server.port)), { leases: true });
  });
});
