/** What a command may touch of the process it runs in. Tests hand it another one. */
import type { Readable, Writable } from 'node:stream';
import type { Observable } from 'rxjs';
import type { Clock } from '../time/clock.ts';

export type OutputStream = Writable & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

export interface Io {
  readonly stdin: Readable;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Emits when somebody wants the command to end: a signal, or nobody reads standard output any more. */
  readonly quit$: Observable<unknown>;
  /** Emits when somebody wants the configuration to be read again: SIGHUP, while subscribed. */
  readonly reload$: Observable<unknown>;
}

/** 0 as intended; 1 it did not work out; 2 it was asked for something it cannot do. */
export type ExitCode = 0 | 1 | 2;

/** Makes commander's action of a command. */
export type Run = <A extends unknown[]>(
  command: (io: Io, ...args: A) => ExitCode | Promise<ExitCode>,
) => (...args: A) => Promise<void>;
