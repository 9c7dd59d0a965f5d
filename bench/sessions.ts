/**
 * Sessions: the account of every message over sockets that are cut, reset, frozen and held half-open, also while server processes are killed
 * or frozen, and what a session costs beside the same protocol without one.
 * `npm run bench:sessions [-- account | kills | cost | heap] [-- framed | websocket]`. Fails when a message is lost, repeated, out of order or
 * in doubt, where sessions say that it is not.
 */
import { isDeepStrictEqual } from 'node:util';
import { flawless, type Outcome } from '../test/support/session-account.ts';
import type { Cost } from './sessions-cost.ts';
import { kills } from './sessions-halts.ts';
import type { Heap } from './sessions-heap.ts';
import { type Carrier, carriers, type Kind, keys, kinds } from './sessions-wires.ts';
import { outcomeOf } from './support/processes.ts';
import { machine, printTable, quantile } from './support/report.ts';
import { sized } from './support/size.ts';

const sessions = sized(200, 10);
const messages = sized(500, 40);
const seed = 16;
/** Bytes that pass one way at most before something befalls a socket: a quarter of what a session has to send. */
const most = sized(15_000, 5000);
const runs = sized(5, 1);
const idle = sized(2000, 20);
/** Least and most that a session may be beside no session, and bytes of an idle one. */
const limits = { throughput: 0.85, p99: 1.2, heap: 2048 };

function chosen<T extends string>(from: readonly T[]): readonly T[] {
  const named = from.filter((each) => process.argv.includes(each));
  return named.length === 0 ? from : named;
}

async function account(carrier: Carrier): Promise<void> {
  const from = performance.now();
  const outcome = await outcomeOf<Outcome>('../sessions-account.ts', [
    carrier,
    seed,
    sessions,
    messages,
    most,
  ]);
  const { relay, ...rest } = outcome;
  console.log(`\n${carrier}: ${sessions} sessions, ${messages} messages each way in each, seed ${seed}`);
  for (const way of ['toServer', 'toClients'] as const) {
    const { handled, lost, repeated, misplaced, unconfirmed } = outcome[way];
    console.log(
      `  ${way === 'toServer' ? 'to the server ' : 'to the clients'}  ${handled} handled, ${lost} lost, ` +
        `${repeated} repeated, ${misplaced} out of place, ${unconfirmed} unconfirmed`,
    );
  }
  console.log(
    `  sockets         ${relay.sockets}: ${relay.cut} cut, ${relay.reset} reset, ${relay.freeze} frozen, ` +
      `${relay['half-open']} held half-open`,
  );
  console.log(`  ${outcome.announced} sessions announced, ${outcome.lostSessions} lost`);
  console.log(`  ${((performance.now() - from) / 1000).toFixed(1)} s`);
  const wanted = flawless({ carrier, seed, sessions, messages, most });
  if (isDeepStrictEqual(rest, wanted)) return;
  console.log('  FAILED: not exactly once and in order');
  process.exitCode = 1;
}

const costRows = {
  sent: { name: 'sent/s', limit: `>= ${limits.throughput}` },
  received: { name: 'received/s', limit: `>= ${limits.throughput}` },
  p50: { name: 'p50, us', limit: '' },
  p99: { name: 'p99, us', limit: `<= ${limits.p99}` },
};

async function cost(): Promise<void> {
  const rows: string[][] = [];
  for (const carrier of chosen(carriers)) {
    const all: Cost[] = [];
    for (let n = 0; n < runs; n++) all.push(await outcomeOf<Cost>('../sessions-cost.ts', [carrier]));
    for (const key of keys) {
      const median = (kind: Kind) =>
        quantile(
          all.map((run) => run[key][kind]),
          0.5,
        ).toFixed(0);
      const { name, limit } = costRows[key];
      const ratios = spread(all.map((run) => run[key].ratio));
      rows.push([`${carrier} ${name}`, median('plain'), median('session'), ...ratios, limit]);
    }
  }
  console.log(`\n1 KiB messages, medians of ${runs} runs in which both take turns`);
  printTable([['', 'without', 'session', 'ratio', 'lowest', 'highest', 'wanted'], ...rows]);
}

function spread(ratios: readonly number[]): string[] {
  return [quantile(ratios, 0.5), Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(2));
}

async function heap(): Promise<void> {
  const rows: string[][] = [];
  for (const carrier of chosen(carriers)) {
    const all: Record<Kind, Heap[]> = { plain: [], session: [] };
    for (let n = 0; n < runs; n++)
      for (const kind of kinds)
        all[kind].push(await outcomeOf<Heap>('../sessions-heap.ts', [carrier, kind, idle]));
    for (const side of ['dialling', 'accepting'] as const) {
      const median = (kind: Kind) =>
        quantile(
          all[kind].map((heap) => heap[side]),
          0.5,
        );
      const [without, withOne] = [median('plain'), median('session')];
      const figures = [without, withOne, withOne - without].map((bytes) => bytes.toFixed(0));
      rows.push([`${carrier} ${side}`, ...figures, `<= ${limits.heap}`]);
    }
  }
  console.log(`\nheap of an idle connection, bytes, medians of ${runs} runs, among ${idle}`);
  printTable([['', 'without', 'session', 'beyond', 'wanted'], ...rows]);
}

const parts = chosen(['account', 'kills', 'cost', 'heap'] as const);
console.log(machine());
if (parts.includes('account')) for (const carrier of chosen(carriers)) await account(carrier);
if (parts.includes('kills') && !(await kills(chosen(carriers)[0] ?? 'framed'))) process.exitCode = 1;
if (parts.includes('cost')) await cost();
if (parts.includes('heap')) await heap();
