/** Messages for a process that is frozen by a signal: its kernel takes bytes that no process reads. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { supervision } from '../support/supervision.ts';
import { Watch } from '../support/watch.ts';
import { later } from '../transport/peers.ts';

/** What the server read, by its connections. */
class Reading extends Watch {
  readonly lines: string[][] = [];
  readonly over = new Set<number>();

  took({ connection, line, over }: { connection: number; line?: string; over?: boolean }): void {
    this.lines[connection] ??= [];
    if (line !== undefined) this.lines[connection].push(line);
    if (over) this.over.add(connection);
    this.happened();
  }
}

async function recordingServer() {
  const child = fork(fileURLToPath(new URL('../fixtures/recording-server.mjs', import.meta.url)));
  later(() => void child.kill('SIGKILL'));
  const [{ port }] = await once(child, 'message');
  const reading = new Reading();
  child.on('message', (news) => reading.took(news as never));
  return { child, url: `tcp://127.0.0.1:${port}`, reading };
}

test('frozen process: a frozen process is sent nothing more while it is suspect; the next incarnation carries it, once', async () => {
  const { child, url, reading } = await recordingServer();
  const { supervisor, events } = supervision({
    heartbeat: { interval: 300, condemnAfter: 1000 },
    deadlines: { handshake: 500 },
  });
  const connection = supervisor.connect<string>({ id: 'one', url });
  await connection.ready();
  const before = await connection.send('before');
  expect(await before.confirmed).toBe('confirmed');

  child.kill('SIGSTOP');
  await events.saw({ to: 'suspect' });
  const held = ['held 1', 'held 2', 'held 3', 'held 4', 'held 5'];
  const sent = held.map((line) => connection.send(line));
  expect(connection.buffered.messages).toBe(5);
  await events.saw({ to: 'closed', reason: 'heartbeat-timeout' });
  // A new link to it opens, and stays without an answer: nothing goes that way either.
  await events.saw({ to: 'closed', reason: 'handshake-timeout' });
  expect(connection.buffered.messages).toBe(5);
  child.kill('SIGCONT');

  const receipts = await Promise.all(sent);
  const outcomes = await Promise.all(receipts.map(({ confirmed }) => confirmed));
  expect(outcomes).toEqual(held.map(() => 'confirmed'));
  await reading.until(() => reading.over.has(1) && reading.lines.flat().length > held.length);
  expect(reading.lines[1]).toEqual(['before']);
  expect(reading.lines.filter((lines) => lines.length > 0)).toEqual([['before'], held]);
  expect(connection.buffered.messages).toBe(0);
});
