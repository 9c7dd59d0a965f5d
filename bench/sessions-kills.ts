/** One trial of the sessions bench in which server processes are killed or frozen, in a process of its own: `sessions-kills.ts <trial as JSON>`. */
import { type KillOutcome, type KillTrial, killTrial } from '../test/support/session-kills.ts';
import { mortal } from './support/processes.ts';

mortal(600_000);
const outcome: KillOutcome = await killTrial(JSON.parse(process.argv[2] ?? '{}') as KillTrial);
process.send?.(outcome, () => process.exit(0));
