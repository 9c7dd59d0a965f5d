/** Sessions over sockets, of server processes that share a Redis and are killed or frozen: each effect is there once, in order. */
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { createSupervisor, framed, silentLogger } from '../../src/index.ts';
import { type SessionInfo, session } from '../../src/session.ts';
import { freePort } from './support/folders.ts';
import { describeWith } from './support/installed.ts';
import { dial, durableRedis } from './support/redis-stores.ts';
import { Server } from './support/server.ts';

const script = fileURLToPath(new URL('./support/session-server.ts', import.meta.url));
const MESSAGES = 400;

describeWith(['redis-server'], 'sessions over sockets, kept in Redis', () => {
  let redis: Server;
  beforeAll(async () => {
    redis = await durableRedis();
  });

  async function serving(prefix: string): Promise<Server> {
    const port = await freePort();
    const args = ['--import', 'tsx', script, String(port), String(redis.port), prefix];
    return new Server(port, { command: process.execPath, args, ready: /listening/ }).start();
  }

  interface Fault {
    readonly name: string;
    readonly rounds: number;
    /** `others`: resolves when more messages were handled. */
    befall(victim: Server, others: () => Promise<unknown>): Promise<unknown>;
  }
  const faults: readonly Fault[] = [
    { name: 'killed', rounds: 4, befall: (victim) => victim.kill().then(() => victim.start()) },
    {
      name: 'frozen until the other one has the session',
      rounds: 2,
      async befall(victim, others) {
        victim.freeze();
        await others();
        victim.thaw();
      },
    },
  ];

  test.each(faults)(
    'two processes, in turn $name: each effect is in Redis once, in order',
    async ({ name, rounds, befall }) => {
      const prefix = `${name}:`;
      const { command } = await dial('ioredis', redis.port);
      const effects = async () => (await command('LRANGE', `${prefix}effects`, '0', '-1')) as string[];
      const servers = await Promise.all([serving(prefix), serving(prefix)]);
      const supervisor = createSupervisor({ logger: silentLogger });
      try {
        const lost: unknown[] = [];
        supervisor.events$.subscribe((event) => event.event === 'session-lost' && lost.push(event));
        const echoes: string[] = [];
        const connection = supervisor.connect({
          url: servers.map(({ address }) => `tcp://${address}` as const),
          protocol: session(framed()),
          heartbeat: { interval: '1s', condemnAfter: '1s' },
          reconnect: { backoff: { base: 50, cap: 200 } },
          onMessage: (message) => void echoes.push(String(message)),
        });
        /** As it is now: no message of its own is told to subscribers. */
        const info = () => {
          const infos: SessionInfo[] = [];
          connection.session$.subscribe((each) => infos.push(each)).unsubscribe();
          return infos.at(-1);
        };
        for (let number = 1; number <= MESSAGES; number++) void connection.send(`${number}`);
        const numbers = Array.from({ length: MESSAGES }, (_, index) => `${index + 1}`);
        const more = async (than: number) =>
          expect.poll(async () => (await effects()).length, { timeout: 20_000 }).toBeGreaterThan(than);
        for (let round = 1; round <= rounds; round++) {
          await more(round * 60);
          // The one that has the session, or will have it next.
          const victim = servers[(round + 1) % 2] as Server;
          const before = (await effects()).length;
          await befall(victim, () => more(before + 20));
        }
        await expect
          .poll(async () => (await effects()).length, { timeout: 30_000 })
          .toBeGreaterThanOrEqual(MESSAGES);
        expect(await effects()).toEqual(numbers);
        await expect.poll(() => info()?.unacknowledged, { timeout: 20_000 }).toBe(0);
        expect(info()?.epoch).toBeGreaterThan(rounds);
        expect(lost).toEqual([]);
        // An echo is sent after the message was recorded: one can be lacking for each kill, and none comes twice.
        expect(new Set(echoes).size).toBe(echoes.length);
        expect(echoes.length).toBeGreaterThanOrEqual(MESSAGES - rounds);
      } finally {
        await supervisor.stop();
      }
    },
  );
});
