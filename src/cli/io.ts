/** The parts of the process that a command uses. Tests pass substitutes. */
import type { Readable, Writable } from 'node:stream';
import type { Observable } from 'rxjs';
import type { Clock } from '../time/clock.ts';
import type { Key } from './keys/terminal.ts';

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
  /** Emits when the command must end: a signal, or standard output has no reader any more. */
  readonly quit$: Observable<unknown>;
  /** Ends the command, as a signal does. */
  quit(): void;
  /** The keys of the terminal, which are read only while subscribed; undefined where standard input is none. */
  readonly keys$: Observable<Key> | undefined;
  /** Emits when the configuration must be read again: on SIGHUP, which is handled only while subscribed. */
  readonly reload$: Observable<unknown>;
}

/** 0: success. 1: failure while running. 2: bad usage or a bad policy; nothing was started. */
export type ExitCode = 0 | 1 | 2;

/** Wraps a command as an action for commander. */
export type Run = <A extends unknown[]>(
  command: (io: Io, ...args: A) => ExitCode | Promise<ExitCode>,
) => (...args: A) => Promise<void>;
