/** A process for commands to run in: what they write is kept, and a test can ask them to end. */
import { Readable, Writable } from 'node:stream';
import { ReplaySubject, Subject } from 'rxjs';
import type { Io, OutputStream } from '../../src/cli/io.ts';
import { holdfast } from '../../src/cli/program.ts';
import { systemClock } from '../../src/time/clock.ts';

export type Line = Record<string, unknown> & { readonly event: string };

export class FakeIo implements Io {
  readonly clock = systemClock;
  readonly env: Record<string, string> = {};
  readonly quit$ = new ReplaySubject<unknown>(1);
  readonly reload$ = new Subject<unknown>();
  readonly #out: string[] = [];
  readonly #err: string[] = [];
  readonly #waiting = new Set<() => void>();
  readonly stdout: OutputStream;
  stdin = Readable.from([]);
  readonly stderr = sink(this.#err, () => {});

  constructor(terminal: { isTTY?: boolean; columns?: number; rows?: number } = {}) {
    const wake = () => {
      for (const look of this.#waiting) look();
    };
    this.stdout = Object.assign(sink(this.#out, wake), terminal);
  }

  get out(): string {
    return this.#out.join('');
  }

  get err(): string {
    return this.#err.join('');
  }

  get lines(): Line[] {
    return this.out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  }

  /** The first line of this kind, now or as soon as it is written. */
  line(matches: (line: Line) => boolean): Promise<Line> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.lines.find(matches);
        if (found === undefined) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  run(...args: string[]): Promise<number> {
    return holdfast(args, this);
  }
}

function sink(chunks: string[], wake: () => void): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      wake();
      done();
    },
  });
}
