/**
 * Programs that tests start: each is ended by its own process id, after the file that started it, whatever failed.
 * Importing this file registers that.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll } from 'vitest';
import { dataFolder } from './folders.ts';
import { asUnprivileged, programPath } from './installed.ts';
import { treeOf } from './processes.ts';

export interface ProgramSpec {
  /** Its name, looked up as `requireProgram` does, or a path. */
  readonly command: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What it prints once it serves, or a question asked every 50 ms. */
  readonly ready: RegExp | (() => Promise<boolean>);
  /** Milliseconds until it must be ready. Default 30000. */
  readonly readyWithin?: number;
  /** What asks it to end gracefully. Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
}

const running = new Set<Program>();
const nap = 50;

/** Starts a program as an unprivileged user, and resolves when it is ready. Rejects with its output when it is not. */
export async function startProgram(spec: ProgramSpec): Promise<Program> {
  const program = new Program(spec);
  await program.untilReady();
  return program;
}

export class Program {
  readonly pid: number;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  readonly #spec: ProgramSpec;
  readonly #child: ChildProcess;
  readonly #output = join(dataFolder(), 'output');
  #hasEnded = false;

  constructor(spec: ProgramSpec) {
    this.#spec = spec;
    const output = openSync(this.#output, 'a');
    const [command, args] = asUnprivileged(programPath(spec.command), spec.args ?? []);
    this.#child = spawn(command, args, {
      stdio: ['ignore', output, output],
      env: { ...process.env, ...spec.env },
      ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    });
    closeSync(output);
    this.pid = this.#child.pid ?? 0;
    this.ended = new Promise((resolve) => {
      const end = () => {
        this.#hasEnded = true;
        running.delete(this);
        resolve();
      };
      this.#child.once('exit', end);
      this.#child.once('error', end);
    });
    running.add(this);
  }

  /** All that it printed so far. */
  log(): string {
    return readFileSync(this.#output, 'utf8');
  }

  /** Stops it, its children and theirs, in the middle of what they do: sockets stay open, and nothing answers. */
  freeze(): void {
    this.#signalTree('SIGSTOP');
  }

  thaw(): void {
    this.#signalTree('SIGCONT');
  }

  /** Asks it to end, and resolves when it has; after `within` milliseconds it is killed, and the stop rejects. */
  async stop(within = 15_000): Promise<void> {
    if (this.#hasEnded) return;
    process.kill(this.pid, this.#spec.stopSignal ?? 'SIGTERM');
    const giveUp = new AbortController();
    const late = wait(within, 'late' as const, { signal: giveUp.signal }).catch(() => undefined);
    const outcome = await Promise.race([this.ended, late]);
    giveUp.abort();
    if (outcome !== 'late') return;
    await this.kill();
    throw new Error(
      `${this.#spec.command} did not end within ${within} ms of its stop signal; ${this.#tail()}`,
    );
  }

  /** Ends it and its children without a word, and resolves when it has ended. */
  async kill(): Promise<void> {
    if (!this.#hasEnded) this.#signalTree('SIGKILL');
    await this.ended;
  }

  async untilReady(): Promise<void> {
    const { ready, readyWithin = 30_000, command } = this.#spec;
    const until = performance.now() + readyWithin;
    while (!(await this.#isReady(ready))) {
      if (this.#hasEnded) throw new Error(`${command} ended before it was ready; ${this.#tail()}`);
      if (performance.now() > until) {
        await this.kill();
        throw new Error(`${command} was not ready within ${readyWithin} ms; ${this.#tail()}`);
      }
      await wait(nap);
    }
  }

  async #isReady(ready: ProgramSpec['ready']): Promise<boolean> {
    return typeof ready === 'function' ? await ready() : ready.test(this.log());
  }

  #tail(): string {
    return `its last output:\n${this.log().slice(-2000)}`;
  }

  #signalTree(signal: NodeJS.Signals): void {
    for (const pid of treeOf(this.pid)) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended since the list was read.
      }
    }
  }
}

afterAll(async () => {
  await Promise.all([...running].map((program) => program.kill()));
});
