/**
 * Deaths of one client: `detection-worker.ts CLIENT ROUNDS LINKS`. Each round freezes a server in
 * another process under all its links; the kernel goes on acknowledging for it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { clientNamed } from './clients/all.ts';
import type { Client, Watcher } from './clients/client.ts';
import { freeze, mortal, type ServerProcess, serverFor, step, until } from './support/processes.ts';
import type { Setting } from './support/report.ts';

/** Milliseconds, one entry a death. */
export interface Detection extends Setting {
  readonly deaths: number;
  readonly suspected: number[];
  readonly verdict: number[];
  /** From the thaw; absent for a client that does not come back by itself. */
  readonly usable: number[];
}

/** Longer than every verdict, and of a length that no retry schedule is in step with. */
const frozenFor = () => 5500 + 1000 * Math.random();
const patienceAfterThaw = 20_000;

const [name = '', rounds, links] = process.argv.slice(2);
mortal(600_000);
const client = await clientNamed(name);
const { module, options, detection: pace } = client;
const result: Detection = { name, module, options, pace, deaths: 0, suspected: [], verdict: [], usable: [] };
for (let round = 0; round < Number(rounds); round++) {
  await oneRound(Number(links));
  process.send?.(step);
}
process.send?.({ ...result, deaths: Number(rounds) * Number(links) }, () => process.exit(0));

interface Observed extends Watcher {
  usableAt: number;
  suspectedAt: number;
  deadAt: number;
  stop?: () => void;
}

async function oneRound(howMany: number): Promise<void> {
  const server = await serverFor(client, pace, 0);
  const observed = await Promise.all(Array.from({ length: howMany }, () => open(client, server)));
  if (!(await until(() => observed.every(({ usableAt }) => usableAt > 0), 5000)))
    throw new Error(`${name} cannot connect`);
  await sleep(2000 + pace.interval * Math.random());
  const { frozen, thawed } = freeze(server.pid, frozenFor());
  const frozenAt = await frozen;
  if (observed.some(({ deadAt }) => deadAt > 0)) throw new Error(`${name} lost a link before the freeze`);
  for (const link of observed) link.usableAt = link.suspectedAt = 0;
  const thawedAt = await thawed;
  const dead = observed.filter(({ deadAt }) => deadAt > 0);
  if (client.reconnects) await until(() => dead.every(({ usableAt }) => usableAt > 0), patienceAfterThaw);
  record(dead, frozenAt, thawedAt);
  for (const { stop } of observed) stop?.();
  server.stop();
}

/** Opened at a random moment of the interval, so that pings are out of step. */
async function open({ connect }: Client, { port }: ServerProcess): Promise<Observed> {
  await sleep(pace.interval * Math.random());
  const link: Observed = {
    usableAt: 0,
    suspectedAt: 0,
    deadAt: 0,
    usable: () => mark('usableAt'),
    suspected: () => mark('suspectedAt'),
    dead: () => mark('deadAt'),
  };
  const mark = (what: 'usableAt' | 'suspectedAt' | 'deadAt') => {
    if (link[what] === 0) link[what] = performance.now();
  };
  link.stop = connect(port, pace, link);
  return link;
}

function record(dead: readonly Observed[], frozenAt: number, thawedAt: number): void {
  for (const { suspectedAt, deadAt, usableAt } of dead) {
    if (suspectedAt > 0) result.suspected.push(suspectedAt - frozenAt);
    result.verdict.push(deadAt - frozenAt);
    if (usableAt > 0) result.usable.push(usableAt - thawedAt);
  }
}
