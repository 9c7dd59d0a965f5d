/**
 * How soon a frozen peer is noticed, and how soon a usable connection is back once it thaws: holdfast
 * beside other clients at one ping per second. `npm run bench:detection [-- --json]`.
 */
import { clients } from './clients/all.ts';
import { demandPeers } from './clients/peers.ts';
import type { Detection } from './detection-worker.ts';
import { outcomeOf } from './support/processes.ts';
import { progressOver } from './support/progress.ts';
import { machine, pooled, printSettings, printTable, quantile } from './support/report.ts';
import { sized } from './support/size.ts';

const rounds = sized(4, 1);
const links = sized(25, 2);
/** Clients measured at the same time; their processes do little but wait. */
const width = sized(4, Object.keys(clients).length);

const notes = [
  '\npatience: from the first unanswered ping to the verdict; a smaller one is sooner, and more often wrong.',
  'usable: an attempt that waits in the accept queue is served at the thaw. Who never ends an attempt, or tries',
  'again at once, always has one there; who backs off may be between two.',
];

demandPeers();
const progress = progressOver(Object.keys(clients).length * rounds);
const detections = await pooled(Object.keys(clients), width, (name) =>
  outcomeOf<Detection>('../detection-worker.ts', [name, rounds, links], progress),
);
if (process.argv.includes('--json')) console.log(JSON.stringify({ machine: machine(), detections }));
else print();

function print(): void {
  console.log(machine());
  console.log(`${rounds * links} deaths each, at random phase: a server frozen by SIGSTOP, its kernel alive`);
  console.log('seconds from the freeze (suspected, verdict) or from the thaw (usable), median and p99\n');
  const header = [
    'client',
    'patience',
    'deaths noticed',
    'suspected',
    'p99',
    'verdict',
    'p99',
    'usable',
    'p99',
  ];
  printTable([header, ...detections.map(row)]);
  for (const note of notes) console.log(note);
  printSettings(detections);
}

function row({ name, pace, deaths, suspected, verdict, usable }: Detection): string[] {
  const noticed = `${verdict.length} of ${deaths}`;
  return [name, seconds(pace.patience), noticed, ...[suspected, verdict, usable].flatMap(middleAndTail)];
}

function middleAndTail(values: readonly number[]): string[] {
  return values.length === 0 ? ['-', '-'] : [0.5, 0.99].map((q) => seconds(quantile(values, q)));
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}
