/**
 * One end of a long transfer, in a process of its own so that its memory can be told from the test's.
 * `read <url>` listens and reads slowly; `send <url>` dials and sends as fast as it is let.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../../src/actors/supervisor/handle.ts';
import { silentLogger } from '../../src/base/log.ts';
import { createSupervisor } from '../../src/presets/node.ts';
import { framed } from '../../src/protocols/framed.ts';
import { websocket } from '../../src/protocols/websocket.ts';
import { type Account, BOUND, MESSAGES, SIZE } from './gigabyte.ts';

const [role = '', url = ''] = process.argv.slice(2);
const collect = globalThis.gc ?? (() => {});
const supervisor = createSupervisor({ logger: silentLogger });
const protocol = url.startsWith('ws') ? websocket() : framed();
let before = Number.NaN;
let held = 0;

/** Looks often enough to see more than is permitted. */
function weigh(n: number): void {
  if (n % 500 !== 0) return;
  // Buffers are freed beside the collection that finds them; the next one waits for that.
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  if (Number.isNaN(before)) before = heapUsed + arrayBuffers;
  held = Math.max(held, heapUsed + arrayBuffers - before);
}

async function read(connection: Connection<unknown>): Promise<void> {
  let n = 0;
  const buffer = { messages: BOUND };
  for await (const message of connection.messages({ buffer }) as AsyncIterable<Buffer>) {
    weigh(n);
    if (message.length !== SIZE || new DataView(message.buffer, message.byteOffset).getUint32(0) !== n) break;
    if (++n === MESSAGES) break;
    // As slow as a disk, in fits and starts.
    if (n % 64 === 0) await sleep(15);
  }
  await report({ messages: n, incarnations: connection.incarnation, held, buffered: 0 });
}

async function send(): Promise<void> {
  const connection = supervisor.connect({
    url,
    protocol,
    outbox: { messages: BOUND, bytes: BOUND * SIZE + 1e6 },
  });
  await connection.ready();
  let [written, buffered] = [0, 0];
  const receipts: Promise<unknown>[] = [];
  for (let n = 0; n < MESSAGES; n++) {
    const message = new Uint8Array(SIZE);
    new DataView(message.buffer).setUint32(0, n);
    weigh(n);
    receipts.push(connection.send(message).then(() => written++));
    buffered = Math.max(buffered, connection.buffered.bytes);
    if (receipts.length === BOUND) await receipts.shift();
  }
  await Promise.all(receipts);
  await report({ messages: written, incarnations: connection.incarnation, held, buffered });
}

async function report(account: Account): Promise<void> {
  process.send?.(account);
  await supervisor.stop();
  process.disconnect();
}

process.on('disconnect', () => setTimeout(() => process.exit(1), 5000).unref());
if (role === 'send') await send();
else {
  const listener = await supervisor.listen({
    url,
    protocol,
    onConnection: (connection) => void read(connection),
  });
  process.send?.(listener.url);
}
