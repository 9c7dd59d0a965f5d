/**
 * False deaths of one client: `false-deaths-worker.ts CLIENT LINKS`. Each stall hits a fresh batch of
 * links to a healthy server in another process: opened together where the stall follows a ping, so that
 * all have just sent theirs, else out of step.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { clientNamed } from './clients/all.ts';
import { type Stall, stalls } from './stalls.ts';
import { mortal, type ServerProcess, serverFor, step, until } from './support/processes.ts';
import type { Setting } from './support/report.ts';

export interface FalseDeaths extends Setting {
  readonly stallMs: number;
  /** By stall. */
  readonly rows: Readonly<Record<string, { readonly deaths: number; readonly of: number }>>;
}

const latency = 60;

const [name = '', links] = process.argv.slice(2);
mortal(900_000);
const client = await clientNamed(name);
const { module, options, stalls: pace } = client;
/** Longer than the longest silence it bears. */
const stallMs = pace.interval + pace.patience + 200;
const server = await serverFor(client, pace, latency);
const rows: Record<string, { deaths: number; of: number }> = {};
for (const [kind, stall] of Object.entries(stalls)) {
  rows[kind] = await row(stall);
  process.send?.(step);
}
const result: FalseDeaths = { name, module, options, pace, stallMs, rows };
process.send?.(result, () => process.exit(0));

interface Incarnation {
  usable: boolean;
  dead: boolean;
  stop: () => void;
}

async function row(stall: Stall) {
  let deaths = 0;
  for (let time = 0; time < stall.times; time++) deaths += await oneStall(stall, Number(links));
  return { deaths, of: stall.times * Number(links) };
}

async function oneStall(stall: Stall, howMany: number): Promise<number> {
  const spread = stall.afterPing ? 0 : pace.interval;
  const opening = Array.from({ length: howMany }, () => openLink(server, spread * Math.random()));
  const batch = await Promise.all(opening);
  const ready = await until(() => batch.every(({ usable }) => usable), 5000);
  if (!ready || batch.some(({ dead }) => dead)) throw new Error(`${name} cannot keep a link`);
  await rightMoment(stall, howMany);
  if (batch.some(({ dead }) => dead)) throw new Error(`${name} lost a link before the stall`);
  await stall.run(stallMs, server);
  await sleep(stallMs);
  const deaths = batch.filter(({ dead }) => dead).length;
  for (const { stop } of batch) stop();
  return deaths;
}

async function rightMoment({ afterPing }: Stall, howMany: number): Promise<void> {
  if (!afterPing) return sleep(pace.interval * (1 + Math.random()));
  const before = server.heard;
  if (!(await until(() => server.heard >= before + howMany, 5000))) throw new Error(`${name} does not ping`);
}

async function openLink({ port }: ServerProcess, afterMs: number): Promise<Incarnation> {
  await sleep(afterMs);
  const link: Incarnation = { usable: false, dead: false, stop: () => undefined };
  const mark = (what: 'usable' | 'dead') => () => {
    link[what] = true;
  };
  const watcher = { usable: mark('usable'), suspected: () => undefined, dead: mark('dead') };
  link.stop = client.connect(port, pace, watcher);
  return link;
}
