/** One measurement of `footprint.ts`, in a process of its own. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Connection, createSupervisor, type Supervisor, silentLogger, systemClock } from 'holdfast';
import { type MemoryPeer, memoryNetwork, virtualClock } from 'holdfast/testing';
import { sized } from './support/size.ts';

const [mode = '', wanted = ''] = process.argv.slice(2);
const count = Number(wanted);
/** For times among `count` siblings: so many come and go, so often, for a mean that no garbage collection decides. */
const sample = sized(500, 100);
const rounds = sized(20, 2);
/** Connections made and dropped before measuring, so that the code is compiled. */
const warmUp = sized(2000, 200);
const tcpWarmUp = sized(500, 20);
/** Idle: no heartbeat falls due while we look. */
const idle = { interval: '1h' } as const;

async function memoryRaw() {
  const network = answeringNetwork();
  const peers: MemoryPeer[] = [];
  const bytes = await heapOf(async () => {
    for (let i = 0; i < count; i++) peers.push(network.connect('feed'));
    for (const peer of peers) peer.write('PING\n');
    for (let tries = 0; network.audit().open.dial < count; tries++) {
      if (tries === 100) throw new Error('not all sockets are open');
      await sleep(100);
    }
  });
  return { bytes };
}

async function memorySupervised() {
  const supervisor = supervisorOn(answeringNetwork());
  await warm(supervisor);
  const connections: Connection[] = [];
  const bytes = await heapOf(() => open(supervisor, count, connections));
  return { bytes };
}

/** In virtual time: what counts is the work, not how late the timers of a busy machine are. */
async function memoryScaling() {
  const clock = virtualClock();
  const network = memoryNetwork({ clock });
  network.serve('feed', (peer) => {
    peer.onData = answer.bind(peer);
  });
  const supervisor = createSupervisor({
    clock,
    transports: [network.transport],
    logger: silentLogger,
    heartbeat: idle,
  });
  const connectAll = (howMany: number, name: string) => {
    const connections = Array.from({ length: howMany }, (_, i) =>
      supervisor.connect({ id: `${name}${i}`, url: 'memory://feed' }),
    );
    // Their gate lets them in by and by.
    for (let turns = 0; turns < 100 && connections.some(({ state }) => state !== 'alive'); turns++) {
      clock.advance(10);
    }
    if (connections.some(({ state }) => state !== 'alive')) throw new Error('not all are alive');
    return connections;
  };
  const closeAll = (connections: readonly Connection[]) => {
    for (const connection of connections) connection.close();
    clock.advance(10);
    if (connections.some(({ status }) => status !== 'left')) throw new Error('not all have left');
  };
  closeAll(connectAll(warmUp, 'warm'));
  connectAll(count - sample, 'sibling');
  globalThis.gc?.();
  let [connectUs, stopUs] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    let connections: readonly Connection[] = [];
    connectUs += timed(() => {
      connections = connectAll(sample, `round ${round}, `);
    });
    stopUs += timed(() => closeAll(connections));
  }
  return { connectUs, stopUs };
}

async function tcpRaw() {
  const server = await serverProcess();
  const dropped = await openRaw(server.port, tcpWarmUp);
  for (const socket of dropped) socket.destroy();
  let sockets: Socket[] = [];
  const bytes = await heapOf(async () => {
    sockets = await openRaw(server.port, count);
    await sleep(500);
  });
  for (const socket of sockets) socket.destroy();
  server.child.kill();
  return { bytes };
}

async function openRaw(port: number, howMany: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let i = 0; i < howMany; i++) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, keepAlive: true, allowHalfOpen: true });
    sockets.push(socket);
    socket.on('data', ignore).on('error', ignore).on('end', ignore).on('close', ignore);
    await once(socket, 'connect');
    socket.write('PING\n');
  }
  return sockets;
}

async function tcpSupervised() {
  const server = await serverProcess();
  const supervisor = createSupervisor({ logger: silentLogger, heartbeat: idle });
  const url = `tcp://127.0.0.1:${server.port}`;
  const dropped = await openTcp(supervisor, url, tcpWarmUp);
  await Promise.all(dropped.map((connection) => connection.close()));
  let connections: Connection[] = [];
  const bytes = await heapOf(async () => {
    connections = await openTcp(supervisor, url, count);
    await sleep(500);
  });
  if (connections.length !== count) throw new Error('not all connections are open');
  await supervisor.stop();
  server.child.kill();
  return { bytes };
}

async function openTcp(supervisor: Supervisor, url: string, howMany: number): Promise<Connection[]> {
  const connections: Connection[] = [];
  for (let i = 0; i < howMany; i++) {
    const connection = supervisor.connect({ id: `c${i}`, url });
    connections.push(connection);
    await connection.ready();
  }
  return connections;
}

function answeringNetwork() {
  const network = memoryNetwork({ clock: systemClock, latencyMs: 0 });
  network.serve('feed', (peer) => {
    peer.onData = answer.bind(peer);
  });
  return network;
}

function answer(this: MemoryPeer): void {
  this.write('PONG\n');
}

function supervisorOn({ transport }: ReturnType<typeof answeringNetwork>): Supervisor {
  return createSupervisor({ transports: [transport], logger: silentLogger, heartbeat: idle });
}

async function open(supervisor: Supervisor, howMany: number, into: Connection[]): Promise<void> {
  const first = into.length;
  for (let i = 0; i < howMany; i++) {
    into.push(
      supervisor.connect({
        id: `c${supervisor.actor.getSnapshot().context.connections}`,
        url: 'memory://feed',
      }),
    );
  }
  await Promise.all(into.slice(first).map((connection) => connection.ready()));
}

async function warm(supervisor: Supervisor): Promise<void> {
  const connections: Connection[] = [];
  await open(supervisor, warmUp, connections);
  await Promise.all(connections.map((connection) => connection.close()));
}

async function heapOf(make: () => Promise<unknown>): Promise<number> {
  const before = await settledHeap();
  await make();
  return ((await settledHeap()) - before) / count;
}

async function settledHeap(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await sleep(50);
  }
  return process.memoryUsage().heapUsed;
}

function timed(run: () => void): number {
  const start = performance.now();
  run();
  return ((performance.now() - start) * 1000) / (sample * rounds);
}

async function serverProcess(): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(fileURLToPath(new URL('./line-server.ts', import.meta.url)), {
    execArgv: process.execArgv,
  });
  const [port] = (await once(child, 'message')) as [number];
  return { child, port };
}

function ignore(): void {}

const modes: Readonly<Record<string, () => Promise<object>>> = {
  'memory-raw': memoryRaw,
  'memory-supervised': memorySupervised,
  'memory-scaling': memoryScaling,
  'tcp-raw': tcpRaw,
  'tcp-supervised': tcpSupervised,
};

const run = modes[mode];
if (run === undefined) throw new Error(`no such mode: ${mode}`);
const result = await run();
if (process.send === undefined) {
  console.log(result);
  process.exit(0);
}
process.send(result, () => process.exit(0));
