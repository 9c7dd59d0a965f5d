/** Runs a command for each change: a few at once, those of one connection one after another, and no more waiting than a limit. */
import type { Clock } from '../../time/clock.ts';
import { after } from '../lifetime.ts';
import type { Output } from '../output.ts';
import { Allowance, type Omitted } from '../verbose/allowance.ts';
import { Command, type Failure, type Program, type Told } from './command.ts';

/** Commands at the same time. */
const AT_ONCE = 4;
/** Changes that wait for a command; beyond it the oldest are dropped. */
const WAITING = 1000;
/** Milliseconds that commands have at the end, together. */
const END_MS = 5000;
/** Connections that a line names. */
const NAMES = 10;

interface Job {
  readonly connection: string;
  /** The state, or the event that is none. */
  readonly change: string;
  told(): Told;
}

export class Runner {
  readonly #program: Program;
  readonly #clock: Clock;
  readonly #output: Output;
  readonly #dropped: Allowance;
  #waiting: Job[] = [];
  readonly #running = new Map<string, Command>();
  #idle: (() => void) | undefined;

  constructor(program: Program, clock: Clock, output: Output) {
    this.#program = program;
    this.#clock = clock;
    this.#output = output;
    this.#dropped = new Allowance({ all: 0, each: 0 }, clock, (dropped) => this.#tellDropped(dropped));
  }

  /** Runs the command for a change, once there is room. */
  add(job: Job): void {
    this.#waiting.push(job);
    if (this.#waiting.length > WAITING) this.#drop(this.#waiting.shift());
    this.#next();
  }

  /** Resolves when all commands are over: those that take too long are ended, and those that wait still are dropped. */
  async end(): Promise<void> {
    const limit = after(END_MS, this.#clock).subscribe(() => this.#give());
    if (this.#running.size > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    limit.unsubscribe();
    this.#dropped.end();
  }

  #give(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const job of waiting) this.#drop(job);
    for (const command of this.#running.values()) command.end('ended with holdfast');
  }

  #next(): void {
    while (this.#running.size < AT_ONCE) {
      const at = this.#waiting.findIndex(({ connection }) => !this.#running.has(connection));
      const [job] = at < 0 ? [] : this.#waiting.splice(at, 1);
      if (job === undefined) break;
      void this.#run(job);
    }
    if (this.#running.size === 0) this.#idle?.();
  }

  async #run(job: Job): Promise<void> {
    const command = new Command(this.#program, job.told(), this.#clock);
    this.#running.set(job.connection, command);
    const failure = await command.over;
    if (failure !== undefined) this.#tellFailed(job, failure);
    this.#running.delete(job.connection);
    this.#next();
  }

  #tellFailed({ connection, change }: Job, failure: Failure): void {
    const { path: command } = this.#program;
    const { why, stderr } = failure;
    const sentence = `${command} for ${connection}, ${change}: ${why}${stderr === undefined ? '' : ` (${stderr})`}`;
    const fields = { event: 'exec-failed', connection, command, change, ...failure };
    this.#output.announce(fields, sentence, 'warn');
  }

  #drop(job: Job | undefined): void {
    if (job !== undefined) this.#dropped.takes(job.connection);
  }

  #tellDropped({ lines: changes, sources }: Omitted): void {
    const { path: command } = this.#program;
    const connections = sources.slice(0, NAMES);
    const more = sources.length - connections.length;
    const names = `${connections.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
    const sentence = `${command} was not run for ${changes} changes of ${names}`;
    const fields = { event: 'exec-dropped', command, changes, connections, more };
    this.#output.announce(fields, sentence, 'warn');
  }
}
