/** A gigabyte to a reader that is slow: what either end holds stays within its bounds, and nothing is lost. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { later } from '../transport/peers.ts';
import { type Account, BOUND, MESSAGES, SIZE } from './gigabyte.ts';

const worker = fileURLToPath(new URL('gigabyte-worker.ts', import.meta.url));

function start(role: string, url: string): ChildProcess {
  const child = fork(worker, [role, url], { execArgv: ['--import', 'tsx', '--expose-gc'] });
  later(() => child.kill());
  return child;
}

async function reported<T>(child: ChildProcess): Promise<T> {
  const [message] = await once(child, 'message');
  return message as T;
}

test.each(['tcp', 'ws'])(
  'backpressure: a gigabyte over %s is read slowly within bounded memory',
  { timeout: 120_000 },
  async (scheme) => {
    const reader = start('read', `${scheme}://127.0.0.1:0`);
    const sender = start('send', await reported<string>(reader));
    const [read, sent] = await Promise.all([reported<Account>(reader), reported<Account>(sender)]);
    process.stdout.write(`${scheme}: ${JSON.stringify({ read, sent })}\n`);
    expect([read.messages, sent.messages]).toEqual([MESSAGES, MESSAGES]);
    expect([read.incarnations, sent.incarnations]).toEqual([1, 1]);
    // The sender was held up, and never held more than it may.
    expect(sent.buffered).toBeGreaterThan((BOUND / 2) * SIZE);
    expect(sent.buffered).toBeLessThan((BOUND + 1) * (SIZE + 16));
    // Beside the messages: what the socket reads ahead, one message in parts, and what the run itself grows by.
    const margin = 4 * 2 ** 20;
    expect(sent.held).toBeLessThan(BOUND * SIZE + margin);
    expect(read.held).toBeLessThan(BOUND * SIZE + margin);
  },
);
