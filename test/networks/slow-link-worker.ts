/**
 * One long line under the default policy: `slow-link-worker.ts URL BYTES`. Sends each lifecycle event with its time,
 * then what became of the message; ends with its parent.
 */
import { silentLogger } from '../../src/base/log.ts';
import { createSupervisor } from '../../src/presets/node.ts';
import { line } from '../../src/protocols/line.ts';
import type { Sighting } from './sighting.ts';

const [url = '', bytes] = process.argv.slice(2);
const supervisor = createSupervisor({ logger: silentLogger });
supervisor.events$.subscribe((event) => process.send?.({ at: Date.now(), event } satisfies Sighting));
process.on('disconnect', () => process.exit(0));
const connection = supervisor.connect({ url, protocol: line({ maxMessageBytes: Number(bytes) }) });
await connection.ready();
const { outcome, confirmed } = await connection.send('x'.repeat(Number(bytes)));
process.send?.({ outcome, confirmation: await confirmed });
