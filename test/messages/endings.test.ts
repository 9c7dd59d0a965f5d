/** How a connection ends while there is still something to say, on real sockets. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type EventLog, supervision } from '../support/supervision.ts';
import { later, placeOf } from '../transport/peers.ts';

const answer = 'x'.repeat(60_000);
const answers = 400;

interface Scene {
  readonly events: EventLog;
  /** Has asked for 24 MB, and reads nothing yet. */
  readonly client: Socket;
  /** Calls `close()` of the server's end. */
  close(): Promise<unknown>;
  /** Reads to the end; resolves with the bytes that came. */
  readAll(): Promise<number>;
}

async function asked(closeMs: number): Promise<Scene> {
  const { supervisor, events } = supervision({ deadlines: { close: closeMs } });
  const { url } = await supervisor.listen<string>({
    url: 'tcp://127.0.0.1:0',
    outbox: { bytes: 1e8 },
    onMessage: (_question, connection) => {
      for (let n = 0; n < answers; n++) void connection.send(answer);
    },
  });
  const client = connect({ ...placeOf(url), allowHalfOpen: true });
  client.on('error', () => {});
  later(() => client.destroy());
  await once(client, 'connect');
  client.pause();
  client.write('ask\n');
  const { connection = '' } = (await events.saw({ event: 'accepted' })) as { connection?: string };
  await expect.poll(() => supervisor.get(connection)?.buffered.messages).toBeGreaterThan(answers / 2);
  return {
    events,
    client,
    close: async () => supervisor.get(connection)?.close(),
    readAll: async () => {
      let bytes = 0;
      client.on('data', (chunk) => {
        bytes += chunk.length;
      });
      client.resume();
      await once(client, 'end');
      return bytes;
    },
  };
}

const everything = answers * (answer.length + 1);

describe('closing: a message accepted before close()', () => {
  it("goes out before the answer to the peer's end of stream", async () => {
    const { events, client, readAll } = await asked(20_000);
    client.end();
    await events.saw({ to: 'closing', reason: 'closed-by-peer' });
    expect(await readAll()).toBe(everything);
    await events.saw({ to: 'closed', reason: 'closed-by-peer' });
  });

  it('goes out before our own end of stream', async () => {
    const { client, close, readAll } = await asked(20_000);
    const closed = close();
    expect(await readAll()).toBe(everything);
    client.end();
    expect(await closed).toMatchObject({ reason: 'closed-by-us' });
  });

  it('is waited for until deadlines.close when the peer reads nothing', async () => {
    const { close } = await asked(300);
    const from = performance.now();
    expect(await close()).toMatchObject({ reason: 'closed-by-us' });
    const took = performance.now() - from;
    expect(took).toBeGreaterThanOrEqual(299);
    expect(took).toBeLessThan(5000);
  });
});
