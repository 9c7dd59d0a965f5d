/** pg, adopted as docs/adopting.md says, against PostgreSQL. */
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adopt } from '../../src/adopt/adopt.ts';
import type { Adoption } from '../../src/adopt/adoption.ts';
import { adoptedScenario, nextMessage } from './support/adopted.ts';
import { describeWith } from './support/installed.ts';
import { postgresPrograms, postgresServer } from './support/postgresql.ts';
import { recipe } from './support/recipes.ts';
import type { Server } from './support/server.ts';
import { fast, watched } from './support/watched.ts';

const listen = await recipe<(...channels: string[]) => Adoption<pg.Client, pg.Notification>>('pgListen');
const urlOf = (port: number) => `postgres://holdfast:secret@127.0.0.1:${port}/postgres`;

adoptedScenario<pg.Client, pg.Notification, never>({
  name: 'adopt: pg',
  programs: postgresPrograms,
  start: () => postgresServer(),
  spec: (port) => ({ ...listen('prices'), url: urlOf(port) }),
  wrong: { username: 'holdfast', password: 'wrong' },
  async business(connection) {
    const arrived = nextMessage(connection, ({ payload }) => payload === 'hello');
    await connection.agreed?.query("NOTIFY prices, 'hello'");
    return arrived;
  },
  stopped: ['going-away'],
});

describeWith(postgresPrograms, 'adopt: pg, one backend', () => {
  let server: Server;
  let other: pg.Client;
  beforeAll(async () => {
    server = await postgresServer();
    other = new pg.Client(urlOf(server.port));
    await other.connect();
  }, 60_000);
  afterAll(async () => {
    await other.end();
    await server.kill();
  });

  test('adopt: pg: a frozen backend is condemned within the bound, and the next NOTIFY arrives by another', async () => {
    const { supervisor, sights } = watched({}, () => server.log());
    const connection = adopt(supervisor, { ...listen('prices'), id: 'listen', url: urlOf(server.port) });
    await sights.within(connection.ready(), 'ready');
    const frozen = await backendOf(connection.client);
    process.kill(frozen, 'SIGSTOP');
    try {
      const from = performance.now();
      await sights.sees('its condemnation', () => sights.exits.length > 0);
      // The bound, and 200 ms for a busy machine.
      const { interval, condemnAfter } = fast.heartbeat;
      expect(performance.now() - from).toBeLessThan(interval + condemnAfter + 200);
      expect(sights.entered('suspect')).toBe(1);
      expect(sights.exits).toEqual(['heartbeat-timeout']);
      await sights.within(connection.ready(), 'ready on another backend');
      expect(await backendOf(connection.client)).not.toBe(frozen);
      const arrived = nextMessage(connection, ({ channel }) => channel === 'prices');
      await other.query("NOTIFY prices, 'after the freeze'");
      expect(await sights.within(arrived, 'NOTIFY')).toMatchObject({ payload: 'after the freeze' });
    } finally {
      process.kill(frozen, 'SIGCONT');
      await supervisor.stop();
    }
  });
});

async function backendOf(client: pg.Client | undefined): Promise<number> {
  const found = await client?.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return found?.rows[0]?.pid ?? 0;
}
