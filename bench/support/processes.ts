/** Processes of the benches. Each ends by itself, with its parent, or after a limit. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
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

/** What a worker sends, any number of times, before its outcome. */
export const step = 'step';

/** Runs a worker until it sends its outcome. Fails if it ends without one. */
export function outcomeOf<Outcome>(
  file: string,
  args: readonly (string | number)[],
  onStep: () => void = () => undefined,
): Promise<Outcome> {
  const child = start(file, ...args);
  return new Promise((resolve, reject) => {
    child.on('message', (message) => (message === step ? onStep() : resolve(message as Outcome)));
    child.once('exit', (code, signal) => reject(ended([file, ...args].join(' '), code, signal)));
  });
}

/** The first message of a server. Fails if it ends without one. */
export function firstMessage<Message>(child: ChildProcess, name: string): Promise<Message> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as Message));
    child.once('exit', (code, signal) => reject(ended(name, code, signal)));
  });
}

function ended(name: string, code: number | null, signal: string | null): Error {
  return new Error(
    `${name} ended with ${signal ?? `exit code ${code}`} before it sent what it was started for`,
  );
}

/** Starts a server that reports its address, and nothing after that. */
export async function portOf(
  file: string,
  ...args: (string | number)[]
): Promise<{ port: number; stop(): void }> {
  const child = start(file, ...args);
  const { port } = await firstMessage<{ port: number }>(child, file);
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
  const first = await firstMessage<{ port: number }>(child, `server ${dialect}`);
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
