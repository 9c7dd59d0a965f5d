/** A client process that is frozen for longer than its session is kept: it learns of the loss when it goes on, and not by its own clock. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSupervisor, framed, silentLogger } from '../../src/index.ts';
import { type Session, session } from '../../src/session.ts';
import { bundle } from '../support/bundle.ts';
import type { ClientReport } from '../support/session-client-process.ts';
import { later } from '../transport/peers.ts';
import { dataFolder } from './support/folders.ts';

async function reportOf(child: ChildProcess): Promise<ClientReport> {
  child.send('report');
  const [report] = (await once(child, 'message')) as [ClientReport];
  return report;
}

test('one session is lost, once, its messages in doubt are named, and a new one works', async () => {
  const server = createSupervisor({
    logger: silentLogger,
    heartbeat: { interval: '300ms', condemnAfter: '300ms' },
  });
  later(() => server.stop());
  const sessions: Session[] = [];
  const handled: string[] = [];
  const listener = await server.listen({
    url: 'tcp://127.0.0.1:0',
    protocol: session(framed(), {
      keepFor: '1s',
      onSession(opened) {
        sessions.push(opened);
        opened.onMessage = (message) => {
          handled.push(String(message));
          // The sixth message is never handled in the first session, and those behind it wait.
          return handled.length === 6 ? new Promise(() => {}) : undefined;
        };
      },
    }),
  });
  const script = join(dataFolder(), 'client.cjs');
  await bundle('session-client-process.ts', script);
  const client = fork(script, [listener.url, '12'], { execArgv: [] });
  later(() => client.kill('SIGKILL'));
  await expect
    .poll(async () => Object.keys((await reportOf(client)).fates).length, { timeout: 20_000 })
    .toBe(5);

  client.kill('SIGSTOP');
  expect(await sessions[0]?.closed).toMatchObject({ reason: 'expired' });
  client.kill('SIGCONT');
  // Sent before the client has heard of the loss, the message would be in doubt as well.
  await expect.poll(async () => (await reportOf(client)).events, { timeout: 20_000 }).toHaveLength(1);
  client.send('after');
  await expect.poll(async () => (await reportOf(client)).fates.after, { timeout: 20_000 }).toBe('confirmed');

  const doubtful = ['5', '6', '7', '8', '9', '10', '11'];
  const { lost, events, fates } = await reportOf(client);
  expect(lost).toEqual([doubtful]);
  expect(events).toEqual([doubtful.length]);
  expect(fates).toEqual({
    ...Object.fromEntries(['0', '1', '2', '3', '4', 'after'].map((text) => [text, 'confirmed'])),
    ...Object.fromEntries(doubtful.map((text) => [text, 'unacknowledged'])),
  });
  expect(handled).toEqual(['0', '1', '2', '3', '4', '5', 'after']);
  expect(sessions).toHaveLength(2);
});
