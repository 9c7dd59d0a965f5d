/** A server that keeps its ports and data across restarts. */
import { type Program, type ProgramSpec, startProgram } from './program.ts';

export class Server {
  readonly port: number;
  readonly #spec: ProgramSpec;
  readonly #programs: Program[] = [];

  constructor(port: number, spec: ProgramSpec) {
    this.port = port;
    this.#spec = spec;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#program.pid;
  }

  /** Resolves when it serves. `more`: what differs from its other starts, such as arguments that come after the others. */
  async start({ args = [], ...more }: Partial<ProgramSpec> = {}): Promise<this> {
    const all = [...(this.#spec.args ?? []), ...args];
    this.#programs.push(await startProgram({ ...this.#spec, ...more, args: all }));
    return this;
  }

  freeze(): void {
    this.#program.freeze();
  }

  thaw(): void {
    this.#program.thaw();
  }

  /** Graceful; resolves when it has ended. */
  stop(): Promise<void> {
    return this.#program.stop();
  }

  kill(): Promise<void> {
    return this.#program.kill();
  }

  /** What it printed, in all its lives. */
  log(): string {
    return this.#programs.map((program) => program.log()).join('');
  }

  get #program(): Program {
    const last = this.#programs.at(-1);
    if (last === undefined) throw new Error('the server was not started');
    return last;
  }
}
