/** `encode` of a dialogue that calls back into the connection, or writes frames of its own. */
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/actors/supervisor/handle.ts';
import { HoldfastError } from '../../../src/base/errors.ts';
import type { About } from '../../../src/ports/protocol.ts';
import { expectNothingLeft, type World, world } from '../../support/world.ts';
import { answering, type Change, lazyLineWith, recordedFeed } from './support.ts';

const url = 'memory://feed';
const bytesOf = (text: string) => new TextEncoder().encode(text);

/** `encode` of the texts in `acts` makes their call first. */
async function encoding(
  acts: Record<string, (connection: Connection, about: About) => void>,
  change: Change = {},
) {
  const here: World = world({ reconnect: { backoff: { base: 100, cap: 100 } } });
  const { heard, peers } = recordedFeed(here, answering);
  let connection: Connection<string> | undefined;
  const protocol = lazyLineWith((about) => ({
    ...change,
    encode: (text) => {
      acts[text]?.(connection as never, about);
      return bytesOf(`${text.length > 20 ? '' : text}${'.'.repeat(text.length > 20 ? text.length : 0)}\n`);
    },
  }));
  connection = here.supervisor.connect({ url, protocol });
  await here.clock.run(50);
  return { ...here, heard, peers, connection };
}

type Here = Awaited<ReturnType<typeof encoding>>;

const outcomeOf = (sent: Promise<unknown>) =>
  sent.then(
    () => 'written',
    (error) => error.outcome ?? error.code,
  );

describe('encode of a dialogue that calls', () => {
  test('send() leaves the other message behind its own, also when its own goes in slices', async () => {
    const nested: Promise<unknown>[] = [];
    const large = 'a'.repeat(200_000);
    const here = await encoding({
      a: (connection) => nested.push(connection.send('b')),
      [large]: (connection) => nested.push(connection.send('d')),
    });
    const sent = [here.connection.send('a'), here.connection.send(large)];
    await here.clock.run(100);
    expect(await Promise.all([...sent, ...nested].map(outcomeOf))).toEqual(Array(4).fill('written'));
    expect(here.heard[0]?.replace(/\.+/, 'large')).toBe('PING\na\nb\nlarge\nd\n');
    await expectNothingLeft(here);
  });

  test('close() is followed by its message, and then by the goodbye', async () => {
    const here = await encoding(
      { a: (connection) => void connection.close() },
      { goodbye: () => bytesOf('QUIT\n') },
    );
    const sent = here.connection.send('a');
    await here.clock.run(100);
    await expect(here.connection.closed).resolves.toMatchObject({ reason: 'closed-by-us' });
    expect(await outcomeOf(sent)).toBe('written');
    expect(here.heard[0]).toBe('PING\na\nQUIT\n');
    await expectNothingLeft(here);
  });

  test('for the end of its actor settles its message as never-sent', async () => {
    const here: Here = await encoding({ a: () => here.supervisor.actor.stop() });
    const sent = here.connection.send('a');
    await here.clock.run(100);
    expect(await outcomeOf(sent)).toBe('never-sent');
    expect(here.heard[0]).toBe('PING\n');
  });

  test('write() has its frame sent, also when it then refuses the message', async () => {
    const here = await encoding({
      a: (_, about) => {
        about.write(bytesOf('aside\n'));
        throw new HoldfastError('bad-message', 'cannot be carried');
      },
    });
    expect(await outcomeOf(here.connection.send('a'))).toBe('bad-message');
    await here.clock.run(10);
    expect(here.heard[0]).toBe('PING\naside\n');
    await expectNothingLeft(here);
  });
});
