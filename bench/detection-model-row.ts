/** One row of `detection-model.ts`, in a process of its own. */
import { row, type Size } from './model/cells.ts';
import { networks } from './model/networks.ts';
import { rules } from './model/rules.ts';
import { step } from './support/processes.ts';

const [networkName, ruleName, wantedSize = ''] = process.argv.slice(2);
const network = networks.find(({ name }) => name === networkName);
const rule = rules.find(({ name }) => name === ruleName);
if (network === undefined || rule === undefined) throw new Error(`no such row: ${networkName}, ${ruleName}`);

const result = row({ network, rule }, JSON.parse(wantedSize) as Size, () => process.send?.(step));
process.send?.(result);
process.disconnect();
