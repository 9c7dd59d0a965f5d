/** Two programs with a copy of one session, over real sockets: the newer one has it, and the older one does not come back. */
import { expect, test } from 'vitest';
import { createSupervisor, framed, silentLogger } from '../../../src/index.ts';
import { type SessionInfo, session } from '../../../src/session.ts';
import type { DialledSessionConnection } from '../../../src/sessions/session-connection.ts';
import { later } from '../../transport/peers.ts';

test('the older one ends as replaced, once, while the newer one goes on for two seconds', async () => {
  const server = createSupervisor({ logger: silentLogger });
  later(() => server.stop());
  let accepted = 0;
  server.events$.subscribe(({ event }) => {
    if (event === 'accepted') accepted++;
  });
  const handled: string[] = [];
  const listener = await server.listen({
    url: 'tcp://127.0.0.1:0',
    protocol: session(framed(), {
      onSession(opened) {
        opened.onMessage = (message) => void handled.push(String(message));
      },
    }),
  });
  const program = () => {
    const supervisor = createSupervisor({
      logger: silentLogger,
      reconnect: { backoff: { base: 5, cap: 10 }, maxAttempts: 1000 },
      gate: { enabled: false },
    });
    later(() => supervisor.stop());
    const ends: string[] = [];
    supervisor.events$.subscribe((event) => {
      if (event.event === 'gave-up') ends.push(event.reason);
    });
    const connection = supervisor.connect({
      url: listener.url,
      protocol: session(framed()),
      onMessage: () => {},
    });
    const infos: SessionInfo[] = [];
    connection.session$.subscribe((info) => infos.push(info));
    return { connection, ends, infos, say: async (text: string) => (await connection.send(text)).confirmed };
  };
  const older = program();
  expect(await older.say('mine')).toBe('confirmed');
  const { id, epoch } = older.infos.at(-1) as SessionInfo;
  const newer = program();
  const { sessions } = newer.connection as unknown as DialledSessionConnection;
  // Before its first hello: the counts of the older one are part of the copy.
  Object.assign(sessions.link, { id, epoch });
  Object.assign(sessions.link.out, { sent: 1, acked: 1 });
  expect(await older.connection.closed).toMatchObject({ reason: 'replaced', class: 'fatal' });
  for (let n = 0; n < 8; n++) expect(await newer.say(`${n}`)).toBe('confirmed');
  expect([older.ends, newer.ends]).toEqual([['replaced'], []]);
  expect(accepted).toBe(2);
  expect(newer.infos.at(-1)).toMatchObject({ id, epoch: epoch + 1, attached: true });
  expect(handled).toEqual(['mine', ...Array.from({ length: 8 }, (_, n) => `${n}`)]);
});
