/** A supervised connection: `client-worker.ts URL`. Sends each lifecycle event with its time, ends with its parent. */
import { silentLogger } from '../../src/base/log.ts';
import { createSupervisor } from '../../src/presets/node.ts';
import { type Sighting, swift } from './sighting.ts';

const supervisor = createSupervisor({ logger: silentLogger, ...swift });
supervisor.events$.subscribe((event) => process.send?.({ at: Date.now(), event } satisfies Sighting));
supervisor.connect({ url: process.argv[2] ?? '' });
process.on('disconnect', () => process.exit(0));
