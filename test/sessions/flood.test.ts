/** Hellos of every kind, ten thousand in a second: refused or cut down, with the owner of a session undisturbed and memory level. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { Raw } from './raw.ts';
import { dial, infoOf, sessionWorld } from './world.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heap(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');

test('two thousand hellos in 0.2 s leave memory level, and the owner attached at its epoch', async () => {
  const world = sessionWorld();
  const server = await world.serve({
    identify: ({ credentials }) => String(credentials),
    maxSessions: { perIdentity: 20 },
  });
  const client = world.client();
  const { connection } = dial(client, {}, { credentials: () => 'ann' });
  await world.clock.run(1000);
  const { id, epoch } = infoOf(connection);
  const kinds: ((n: number) => object)[] = [
    (n) => ({ session: hex(n, 32), instance: hex(n, 16), epoch: 1, credentials: 'ann' }),
    (n) => ({ session: id, instance: hex(n, 16), epoch, credentials: 'eve' }),
    (n) => ({ session: id, instance: hex(n, 16), epoch: epoch - 1, credentials: 'ann' }),
    (n) => ({ session: id, instance: hex(n, 16), epoch: epoch + 1, attempt: n + 1, credentials: 'ann' }),
    (n) => ({ instance: hex(n, 16), window: { messages: 1e12, bytes: 1e12 }, credentials: 'eve' }),
    (n) => ({ instance: hex(n, 16), v: 2 }),
  ];
  /** What the test itself notes. */
  const forget = () => {
    server.events.length = 0;
  };
  const answers = new Map<string, number>();
  const close = ({ frames, peer }: Raw) => {
    const [first] = frames;
    const answer = first?.type === 'refused' ? first.refused.reason : (first?.type ?? 'none');
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
    peer.reset();
  };
  /** Ten sockets in each millisecond, which say hello after 5 ms, and are closed after 20. */
  const flood = async (from: number, to: number) => {
    const sockets: Raw[] = [];
    for (let at = from; at < to + 200; at += 10) {
      for (let n = at; n < at + 10; n++) {
        if (n < to) sockets[n] = new Raw(world.network.connect('server'));
        sockets[n - 50]?.hello(kinds[(n - 50) % kinds.length]?.(n - 50));
        const old = sockets[n - 200];
        if (old !== undefined) close(old);
        delete sockets[n - 200];
      }
      await world.clock.run(1);
    }
  };
  await flood(0, 1000);
  forget();
  const before = heap();
  await flood(1000, 2000);
  await world.clock.run(10);
  forget();
  expect(heap() - before).toBeLessThan(1_000_000);
  expect([...answers.values()].reduce((sum, count) => sum + count, 0)).toBe(2000);
  expect(answers.get('none')).toBeUndefined();
  // Of the hellos that name its session a few pass the rate, and are no match.
  expect(answers.get('replaced')).toBeLessThan(50);
  expect(answers.get('not-yours')).toBeLessThan(50);
  const receipt = connection.send('still here');
  await world.clock.run(1000);
  expect(await (await receipt).confirmed).toBe('confirmed');
  expect(infoOf(connection)).toMatchObject({ id, epoch, attached: true });
  expect(server.sessions).toHaveLength(1);
  expect(connection.incarnation).toBe(1);
});
