/**
 * What it costs to record, and to be looked at: CPU time for one event of a chart, among 5,000 connections.
 * `npm run bench:inspect`.
 *
 * A move leads to another state and is recorded; an event that stays runs an action at most. The viewer is
 * a process of its own that reads all it is sent. A message is one of each connection, with the line that its peer answers.
 */
import { outcomeOf } from './support/processes.ts';
import { progressOver } from './support/progress.ts';
import { machine, printTable, quantile } from './support/report.ts';
import { sized } from './support/size.ts';

const count = sized(5000, 50);
const repeats = sized(5, 1);
/** Percent over a move that is not recorded. */
const budget = 15;

interface Cost {
  readonly moveUs: number;
  readonly stayUs: number;
  readonly messageUs: number;
  /** CPU time of a second in which only heartbeats happen, one a second for each tenth connection. */
  readonly quietMs: number;
}

const modes = {
  none: 'no recorder, no inspector',
  recorder: 'the recorder',
  inspector: 'and an inspector at which nobody looks',
  viewer: 'and a viewer with the list',
  watching: 'and that viewer watches one connection',
} as const;

type Mode = keyof typeof modes;

async function main(): Promise<void> {
  console.log(machine());
  console.log(
    `${count} connections; median of ${repeats} (lowest to highest), each in a process of its own\n`,
  );
  const costs = Object.fromEntries(Object.keys(modes).map((mode) => [mode, []])) as unknown as Record<
    Mode,
    Cost[]
  >;
  const progress = progressOver(repeats * Object.keys(modes).length);
  // In turn, so that a busy minute of the machine hits all of them.
  for (let i = 0; i < repeats; i++) {
    for (const mode of Object.keys(modes) as Mode[]) {
      costs[mode].push(await outcomeOf<Cost>('../inspect-worker.ts', [mode, count]));
      progress();
    }
  }
  printTable([
    ['', 'a move, us', 'an event that stays, us', 'a message and its echo, us', 'a quiet second, ms'],
    ...(Object.entries(modes) as [Mode, string][]).map(([mode, title]) => [
      title,
      spread(costs[mode].map(({ moveUs }) => moveUs)),
      spread(costs[mode].map(({ stayUs }) => stayUs)),
      spread(costs[mode].map(({ messageUs }) => messageUs)),
      spread(costs[mode].map(({ quietMs }) => quietMs)),
    ]),
  ]);
  const [none, recorded] = [costs.none, costs.recorder].map((each) => each.map(({ moveUs }) => moveUs));
  const over = (quantile(recorded ?? [], 0.5) / quantile(none ?? [], 0.5) - 1) * 100;
  console.log(`\nthe recorder over none, for a move: ${over.toFixed(1)}% (budget ${budget}%)`);
}

function spread(values: readonly number[]): string {
  const [middle, least, most] = [quantile(values, 0.5), Math.min(...values), Math.max(...values)];
  return `${middle.toFixed(1)} (${least.toFixed(1)} to ${most.toFixed(1)})`;
}

await main();
