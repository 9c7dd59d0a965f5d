/** A process that opens a session in Redis, claims three messages of it, records one, and renews its lease. Arguments: port, prefix. */
import { Redis } from 'ioredis';
import { portOf } from '../../../src/sessions/redis/adapt.ts';
import { RedisStore } from '../../../src/sessions/redis/redis-store.ts';
import { systemClock } from '../../../src/time/clock.ts';

const [port, prefix = ''] = process.argv.slice(2);
const settings = { prefix, unsafe: false, timeout: 2000, leaseMs: 2000, orphanMs: 60_000 };
const store = new RedisStore(portOf(new Redis(Number(port))), settings);
const session = '5'.repeat(32);
const place = { session, epoch: 1, process: 'holder' };
await store.begin({ process: 'holder', clock: systemClock });
await store.open({
  ...{ process: 'holder', session, identity: 'ann', instance: 'a'.repeat(16), attempt: 1, keepFor: 10_000 },
  maxSessions: { total: 100, perIdentity: 10 },
});
await store.acknowledge(place, 0);
await store.claim(place, 1, 3);
await store.record(place, 1);
let heard = 0;
setInterval(async () => {
  const { moved, told } = await store.renew('holder', heard);
  heard = told;
  for (const each of moved) {
    const answer = await store.record(place, 2);
    process.stdout.write(
      `moved to epoch ${each.epoch}, recorded: ${answer}, given back: ${await store.giveBack(place)}\n`,
    );
  }
}, 200);
process.stdout.write('holding\n');
