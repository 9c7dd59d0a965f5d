/**
 * How soon a dead peer is noticed, and how often a live one is condemned: the rules of `model/rules.ts`
 * on the networks of `model/networks.ts`. `npm run bench:detection-model [-- --days N --seed N --json]`.
 * The same seed gives the same figures.
 *
 * Each row is computed in a process of its own, as many at a time as there are cores.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { conducts, type Row, type Size } from './model/cells.ts';
import { networks } from './model/networks.ts';
import { tables } from './model/report.ts';
import { rules } from './model/rules.ts';
import { outcomeOf } from './support/processes.ts';
import { progressOver } from './support/progress.ts';
import { pooled } from './support/report.ts';
import { isSmoke, sized } from './support/size.ts';

const batches = sized(20, 2);

const { values } = parseArgs({
  options: {
    /** Connection-days of each cell. */
    days: { type: 'string', default: sized('10000', '20') },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: isSmoke },
  },
});
const size: Size = {
  days: Number(values.days),
  deaths: sized(100_000, 500),
  batches,
  seed: Number(values.seed),
};
if (!(size.days > 0 && Number.isInteger(size.seed)))
  throw new Error('--days is a number, --seed a whole one');

const subjects = networks.flatMap((network) => rules.map((rule) => [network.name, rule.name]));
const progress = progressOver(subjects.length * conducts.length * batches);
const rows = await pooled(subjects, availableParallelism(), (subject) =>
  outcomeOf<Row>('../detection-model-row.ts', [...subject, JSON.stringify(size)], progress),
);
console.log(values.json ? JSON.stringify({ ...size, rows }, null, 2) : tables(rows, size));
