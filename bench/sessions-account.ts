/**
 * One account of the sessions bench, in a process of its own: `sessions-account.ts <carrier> <seed> <sessions> <messages>
 * <most bytes before something befalls a socket>`.
 */
import { type Carrier, type Outcome, trial } from '../test/support/session-account.ts';
import { mortal } from './support/processes.ts';

const [carrier = 'framed', ...numbers] = process.argv.slice(2);
const [seed = 1, sessions = 1, messages = 1, most = 1] = numbers.map(Number);
mortal(600_000);

const outcome: Outcome = await trial({ carrier: carrier as Carrier, seed, sessions, messages, most });
process.send?.(outcome, () => process.exit(0));
