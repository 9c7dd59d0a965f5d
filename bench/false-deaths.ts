/**
 * How often a healthy peer is given up because our own process did not listen, or because only its
 * answers are late: holdfast beside other clients. `npm run bench:false-deaths [-- --json]`.
 */
import { clients } from './clients/all.ts';
import { demandPeers } from './clients/peers.ts';
import type { FalseDeaths } from './false-deaths-worker.ts';
import { stalls } from './stalls.ts';
import { outcomeOf } from './support/processes.ts';
import { progressOver } from './support/progress.ts';
import { machine, pooled, printSettings, printTable } from './support/report.ts';
import { sized } from './support/size.ts';

/** Hit by each stall together. */
const links = sized(12, 2);
/** Clients measured at the same time: all, as their processes do little but wait. */
const width = Object.keys(clients).length;

demandPeers();
const progress = progressOver(Object.keys(clients).length * Object.keys(stalls).length);
const results = await pooled(Object.keys(clients), width, (name) =>
  outcomeOf<FalseDeaths>('../false-deaths-worker.ts', [name, links], progress),
);
if (process.argv.includes('--json')) console.log(JSON.stringify({ machine: machine(), results }));
else print();

function print(): void {
  console.log(machine());
  console.log(`false deaths: links given up of links stalled, ${links} links a stall`);
  console.log('the server is healthy, its answers take 60 ms, and it never closes a connection itself\n');
  const header = ['client', 'stall', ...Object.keys(stalls)];
  printTable([header, ...results.map(row)]);
  console.log();
  for (const [kind, { title, times }] of Object.entries(stalls))
    console.log(`${kind}: ${title}, ${times} times`);
  printSettings(results);
}

function row({ name, stallMs, rows }: FalseDeaths): string[] {
  const cells = Object.keys(stalls).map((kind) => `${rows[kind]?.deaths}/${rows[kind]?.of}`);
  return [name, `${stallMs} ms`, ...cells];
}
