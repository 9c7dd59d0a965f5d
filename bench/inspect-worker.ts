/** One measurement of `inspect.ts`, in a process of its own. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Connection, createSupervisor, type Supervisor, silentLogger, systemClock } from 'holdfast';
import { createInspector } from 'holdfast/inspect';
import { type MemoryPeer, memoryNetwork } from 'holdfast/testing';
import { mortal } from './support/processes.ts';
import { sized } from './support/size.ts';

const [mode = '', wanted = ''] = process.argv.slice(2);
const count = Number(wanted);
const rounds = sized(30, 3);
const warmUps = sized(20, 2);
/** Milliseconds: until everything is quiet, and of quiet that is measured. */
const [calming, observed] = sized([1500, 2000], [200, 300]);

mortal(120_000);

interface Chart {
  send(event: { readonly type: string; readonly deadline?: string }): void;
}

/** Two moves: suspected, and refuted. */
const moves = [{ type: 'deadline-expired', deadline: 'suspect' }, { type: 'bytes-received' }] as const;
/** Two events that lead nowhere. */
const stays = [{ type: 'bytes-received' }, { type: 'write-progressed' }] as const;

const supervisor = await supervised();
const charts = Array.from({ length: count }, (_, i): Chart => {
  const chart = supervisor.actor.system.get(`c${i}#1` as never) as Chart | undefined;
  return chart ?? { send: () => {} };
});
const viewer = await looking(supervisor);
// Compiled, and every tape full, before anything counts.
for (let i = 0; i < warmUps; i++) await costOf(moves);
for (let i = 0; i < warmUps; i++) await costOfMessages();
const [moveUs, stayUs] = [await measured(moves), await measured(stays)];
const messageUs = await measuredMessages();
const quietMs = await quiet();
viewer?.disconnect();
process.send?.({ moveUs, stayUs, messageUs, quietMs }, () => process.exit(0));

async function supervised(): Promise<Supervisor> {
  const network = memoryNetwork({ clock: systemClock, latencyMs: 0 });
  network.serve('feed', (peer) => {
    peer.onData = answer.bind(peer);
  });
  const made = createSupervisor({
    transports: [network.transport],
    logger: silentLogger,
    ...(mode === 'none' && { recorder: null }),
  });
  const connections = Array.from({ length: count }, (_, i) =>
    made.connect({ id: `c${i}`, url: 'memory://feed', heartbeat: { interval: i % 10 === 0 ? '1s' : '1h' } }),
  );
  await Promise.all(connections.map((connection) => connection.ready()));
  return made;
}

function answer(this: MemoryPeer): void {
  this.write('PONG\n');
}

async function looking(at: Supervisor): Promise<ChildProcess | undefined> {
  if (mode === 'none' || mode === 'recorder') return undefined;
  const { url } = await createInspector(at);
  if (mode === 'inspector') return undefined;
  const file = fileURLToPath(new URL('./inspect-viewer.ts', import.meta.url));
  const args = [url, ...(mode === 'watching' ? ['c7'] : [])];
  const child = fork(file, args, { execArgv: ['--import', 'tsx'] });
  await once(child, 'message');
  return child;
}

async function measured(events: typeof moves | typeof stays): Promise<number> {
  let us = 0;
  for (let i = 0; i < rounds; i++) us += await costOf(events);
  return us / rounds;
}

/** Microseconds of CPU time for each event, what it causes before the next turn included. */
async function costOf(events: typeof moves | typeof stays): Promise<number> {
  const before = process.cpuUsage();
  for (const event of events) {
    for (const chart of charts) chart.send(event);
    await turn();
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (count * events.length);
}

async function measuredMessages(): Promise<number> {
  let us = 0;
  for (let i = 0; i < rounds; i++) us += await costOfMessages();
  return us / rounds;
}

/** Microseconds of CPU time for a message out and a line in, one of each connection. */
async function costOfMessages(): Promise<number> {
  const before = process.cpuUsage();
  const sent = Array.from(supervisor.connections, (connection) => (connection as Connection).send('x'));
  await Promise.all(sent);
  await turn();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

async function quiet(): Promise<number> {
  await sleep(calming);
  const before = process.cpuUsage();
  await sleep(observed);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / observed;
}
