/** A process for commands to run in: what they write is kept, and a test can ask them to end. */
import { Readable, Writable } from 'node:stream';
import { ReplaySubject, Subject } from 'rxjs';
import type { Io, OutputStream } from '../../src/cli/io.ts';
import type { Key } from '../../src/cli/keys/terminal.ts';
import { holdfast } from '../../src/cli/program.ts';
import { systemClock } from '../../src/time/clock.ts';
import { checkLine, writesLines } from '../support/log-lines.ts';

export type Line = Record<string, unknown> & { readonly event: string };

export class FakeIo implements Io {
  readonly clock = systemClock;
  readonly env: Record<string, string> = {};
  readonly quit$ = new ReplaySubject<unknown>(1);
  readonly reload$ = new Subject<unknown>();
  keys$: Subject<Key> | undefined;
  readonly #out: Buffer[] = [];
  readonly #err: Buffer[] = [];
  #held: (() => void)[] | undefined;
  readonly #waiting = new Set<() => void>();
  readonly stdout: OutputStream;
  stdin: Readable = Readable.from([]);
  readonly stderr = sink(this.#err, (done) => done());

  constructor(terminal: { isTTY?: boolean; columns?: number; rows?: number } = {}) {
    const wrote = (done: () => void) => {
      for (const look of this.#waiting) look();
      if (this.#held === undefined) done();
      else this.#held.push(done);
    };
    this.stdout = Object.assign(sink(this.#out, wrote), terminal);
  }

  quit(): void {
    this.quit$.next('key');
  }

  get out(): string {
    return String(this.bytes);
  }

  /** Standard output as it was written. */
  get bytes(): Buffer {
    return Buffer.concat(this.#out);
  }

  get err(): string {
    return String(Buffer.concat(this.#err));
  }

  get lines(): Line[] {
    return this.out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  }

  /** Nothing more of standard output is read until `release`. */
  hold(): void {
    this.#held = [];
  }

  release(): void {
    const held = this.#held;
    this.#held = undefined;
    for (const done of held ?? []) done();
  }

  /** The first line of this kind, now or as soon as it is written. */
  line(matches: (line: Line) => boolean): Promise<Line> {
    return this.#once(() => this.lines.find(matches));
  }

  /** Resolves when standard output has this text. */
  async wrote(text: string): Promise<void> {
    await this.#once(() => this.out.includes(text) || undefined);
  }

  #once<T>(find: () => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const look = () => {
        const found = find();
        if (found === undefined) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  async run(...args: string[]): Promise<number> {
    const code = await holdfast(args, this);
    const isTable = this.stdout.isTTY === true && !args.includes('--json');
    if (!isTable && writesLines(args))
      for (const line of this.out.split('\n').filter(Boolean)) checkLine(line);
    return code;
  }
}

function sink(chunks: Buffer[], wrote: (done: () => void) => void): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      wrote(done);
    },
  });
}
