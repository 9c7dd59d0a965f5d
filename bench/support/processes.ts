/** Processes of the benches. Each ends by itself, with its parent, or after a limit. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Client, Pace } from '../clients/client.ts';
import type { Order, Report } from '../servers/server.ts';

/** Named here rather than inherited: flags of a parent that was started with `-e` would start it again. */
const execArgv = ['--import', 'tsx'];

function start(file: string, ...args: (string | number)[]): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), args.map(String), { execArgv });
}

/** Runs a worker and takes its one message. */
export function outcomeOf<Outcome>(file: string, ...args: (string | number)[]): Promise<Outcome> {
  const child = start(file, ...args);
  return new Promise((resolve, reject) => {
    child.once('message', (outcome) => resolve(outcome as Outcome));
    child.once('exit', (code) => reject(new Error(`${file} ${args.join(' ')} exited with ${code}`)));
  });
}

/** Starts a server that reports its address, and nothing after that. */
export async function portOf(
  file: string,
  ...args: (string | number)[]
): Promise<{ port: number; stop(): void }> {
  const child = start(file, ...args);
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return { port, stop: () => child.disconnect() };
}

/** Ties this process to its parent, and to a limit. */
export function mortal(limitMs: number): void {
  process.on('disconnect', () => process.exit(1));
  setTimeout(() => process.exit(1), limitMs).unref();
}

/** Waits in small steps. Returns whether it came true within the limit. */
export async function until(reached: () => boolean, limitMs: number): Promise<boolean> {
  const end = performance.now() + limitMs;
  while (!reached() && performance.now() < end) await sleep(5);
  return reached();
}

export interface ServerProcess {
  readonly pid: number;
  readonly port: number;
  /** Messages it has received so far. */
  readonly heard: number;
  hold(holding: boolean): void;
  stop(): void;
}

export async function serverFor({ dialect }: Client, pace: Pace, delayMs: number): Promise<ServerProcess> {
  const child = start('../servers/server.ts', dialect, pace.interval, pace.patience, delayMs);
  const [first] = (await once(child, 'message')) as [{ port: number }];
  const server = {
    pid: child.pid ?? 0,
    port: first.port,
    heard: 0,
    hold: (hold: boolean) => child.send({ hold } satisfies Order),
    stop: () => child.disconnect(),
  };
  child.on('message', (report: Report) => {
    if ('heard' in report) server.heard = report.heard;
  });
  return server;
}

/**
 * Stops a process with SIGSTOP and lets it go on after `ms`. A shell keeps the time, deaf to what ends
 * this process, so that nothing stays stopped. It says when it has done each.
 */
export function freeze(pid: number, ms: number): { frozen: Promise<number>; thawed: Promise<number> } {
  const script =
    "trap '' INT TERM HUP PIPE; kill -STOP $0; echo frozen; sleep $1; kill -CONT $0; echo thawed";
  const shell = spawn('sh', ['-c', script, String(pid), String(ms / 1000)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: shell.stdout });
  const said = (word: string) =>
    new Promise<number>((resolve) => lines.on('line', (line) => line === word && resolve(performance.now())));
  return { frozen: said('frozen'), thawed: said('thawed') };
}
