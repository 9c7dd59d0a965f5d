/** One run of a command: without a shell, for a limited time, and with all that it started ended behind it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { Subscription } from 'rxjs';
import { foreignText } from '../../base/redact.ts';
import type { Clock } from '../../time/clock.ts';
import { after } from '../lifetime.ts';
import { messageOf } from '../problems.ts';

export interface Program {
  /** The path that is run. */
  readonly path: string;
  readonly args: readonly string[];
  readonly timeoutMs: number;
}

/** What a run is told. */
export interface Told {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For its standard input. */
  readonly input: string;
}

export interface Failure {
  readonly why: string;
  /** The end of what it wrote to standard error, on one line. */
  readonly stderr?: string;
}

/** Milliseconds from SIGTERM to SIGKILL. */
const KILL_MS = 2000;
/** UTF-16 units that are kept of standard error. */
const TAIL = 500;
/** A group of processes has a leader; Windows has no such groups. */
const HAS_GROUPS = process.platform !== 'win32';

const running = new Set<Command>();
let isWatchingExit = false;

export class Command {
  /** Resolves when it is over, with what went wrong. Never rejects. */
  readonly over: Promise<Failure | undefined>;
  readonly #timers = new Subscription();
  readonly #clock: Clock;
  #child: ChildProcess | undefined;
  #stderr = '';
  #endedBy: string | undefined;

  constructor(program: Program, told: Told, clock: Clock) {
    this.#clock = clock;
    this.over = this.#run(program, told);
  }

  /** Sends SIGTERM, and SIGKILL when that was not enough. `why` is its failure then. */
  end(why: string): void {
    if (this.#endedBy !== undefined || this.#timers.closed) return;
    this.#endedBy = why;
    this.#signal('SIGTERM');
    this.#timers.add(after(KILL_MS, this.#clock).subscribe(() => this.kill()));
  }

  kill(): void {
    this.#signal('SIGKILL');
    // A process that left the group may hold it open.
    this.#child?.stderr?.destroy();
  }

  async #run({ path, args, timeoutMs }: Program, told: Told): Promise<Failure | undefined> {
    this.#timers.add(
      after(timeoutMs, this.#clock).subscribe(() => this.end(`timed out after ${timeoutMs} ms`)),
    );
    running.add(this);
    endWithProcess();
    try {
      const why = await this.#ended(path, args, told);
      const stderr = foreignText(this.#stderr.slice(-TAIL));
      return why === undefined ? undefined : { why, ...(stderr !== '' && { stderr }) };
    } catch (error) {
      return { why: `could not be started: ${foreignText(messageOf(error))}` };
    } finally {
      running.delete(this);
      this.#timers.unsubscribe();
    }
  }

  /** Resolves when the command, and what shares its standard error, is gone. */
  #ended(path: string, args: readonly string[], { env, input }: Told): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      const how = { detached: HAS_GROUPS, windowsHide: true };
      const child = spawn(path, args, { ...how, env, stdio: ['pipe', 'ignore', 'pipe'] });
      this.#child = child;
      child.on('error', reject);
      child.on('close', (code, signal) => resolve(this.#endedBy ?? verdictOf(code, signal)));
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        this.#stderr = (this.#stderr + text).slice(-2 * TAIL);
      });
      // It may end without a look at its input.
      child.stdin.on('error', () => {}).end(input);
    });
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      if (HAS_GROUPS) process.kill(-pid, signal);
      else this.#child?.kill(signal);
    } catch {
      // It is gone already.
    }
  }
}

function verdictOf(code: number | null, signal: string | null): string | undefined {
  if (code === 0) return undefined;
  return signal === null ? `exit code ${code}` : `ended by ${signal}`;
}

/** A process that ends at once, as at a second Ctrl-C, leaves no command behind. */
function endWithProcess(): void {
  if (isWatchingExit) return;
  isWatchingExit = true;
  process.on('exit', () => {
    for (const command of running) command.kill();
  });
}
