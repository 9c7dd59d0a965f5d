/**
 * One run of the cost part of the sessions bench: `sessions-cost.ts <carrier>`. A connection with a session and one without take turns in short
 * rounds with the same loops, so that what the machine does besides meets both.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Measure, Round } from './sessions-client.ts';
import { type Carrier, type Key, type Kind, kinds } from './sessions-wires.ts';
import { firstMessage, mortal } from './support/processes.ts';
import { quantile } from './support/report.ts';
import { sized } from './support/size.ts';

/** Medians of the rounds, and of the ratios of two rounds that followed each other. */
export type Cost = Readonly<Record<Key, { readonly [kind in Kind]: number } & { readonly ratio: number }>>;

const carrier = (process.argv[2] ?? 'framed') as Carrier;
const warmUps = sized(5, 1);
const rounds = sized(20, 2);
mortal(300_000);

async function clientOf(kind: Kind): Promise<ChildProcess> {
  const file = fileURLToPath(new URL('./sessions-client.ts', import.meta.url));
  const client = fork(file, [carrier, kind], { execArgv: ['--import', 'tsx'] });
  await firstMessage(client, 'sessions-client');
  client.once('exit', (code) => {
    throw new Error(`sessions-client ended with exit code ${code} before its last round`);
  });
  return client;
}

async function roundOf(client: ChildProcess, measure: Measure): Promise<Round> {
  const round = once(client, 'message');
  client.send(measure);
  const [value] = (await round) as [Round];
  return value;
}

/** The rounds of each, warm-ups left out. */
async function inTurns(measure: Measure): Promise<Record<Kind, Round[]>> {
  const all: Record<Kind, Round[]> = { plain: [], session: [] };
  for (let n = 0; n < warmUps + rounds; n++)
    for (const kind of n % 2 === 0 ? kinds : kinds.toReversed()) {
      const round = await roundOf(clients[kind], measure);
      if (n >= warmUps) all[kind].push(round);
    }
  return all;
}

function costOf(all: Record<Kind, Round[]>, value: (round: Round) => number): Cost[Key] {
  const [plain, session] = [all.plain.map(value), all.session.map(value)];
  const ratios = session.map((figure, n) => figure / (plain[n] as number));
  return { plain: quantile(plain, 0.5), session: quantile(session, 0.5), ratio: quantile(ratios, 0.5) };
}

const rate = (round: Round) => (round.measure === 'trips' ? Number.NaN : round.value);
const trip = (key: 'p50' | 'p99') => (round: Round) => (round.measure === 'trips' ? round[key] : Number.NaN);

const clients: Record<Kind, ChildProcess> = {
  plain: await clientOf('plain'),
  session: await clientOf('session'),
};
const sent = costOf(await inTurns('sent'), rate);
const received = costOf(await inTurns('received'), rate);
const travelled = await inTurns('trips');
const cost: Cost = {
  sent,
  received,
  p50: costOf(travelled, trip('p50')),
  p99: costOf(travelled, trip('p99')),
};
for (const client of Object.values(clients)) {
  client.removeAllListeners('exit');
  client.disconnect();
}
if (process.send === undefined) {
  console.log(cost);
  process.exit(0);
}
process.send(cost, () => process.exit(0));
