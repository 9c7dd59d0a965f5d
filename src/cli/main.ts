#!/usr/bin/env node
/** The executable: the one place where the command line meets the process. */
import { fromEvent, ReplaySubject } from 'rxjs';
import { systemClock } from '../time/clock.ts';
import { holdfast } from './program.ts';

/** npm forwards the Ctrl-C that the terminal has already sent: so close together, two are one. */
const SAME_SIGNAL_MS = 500;
const signals = { SIGINT: 2, SIGTERM: 15 } as const;

/** A command that is still starting hears of it too. */
const quit = new ReplaySubject<unknown>(1);
let askedAt: number | undefined;

for (const [signal, number] of Object.entries(signals)) {
  process.on(signal, () => {
    const now = systemClock.scheduler.now();
    if (askedAt !== undefined && now - askedAt > SAME_SIGNAL_MS) process.exit(128 + number);
    askedAt ??= now;
    quit.next(signal);
  });
}

let lost = false;

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  quit.next(error);
  // Whoever reads us has gone, as `head` does: nothing to complain about, and nothing left to do.
  if (lost || error.code === 'EPIPE' || error.code === 'ECONNRESET') return;
  lost = true;
  process.exitCode = 1;
  process.stderr.write(`holdfast: standard output: ${error.message}\n`);
});

// There is nowhere left to complain; the exit code still tells.
process.stderr.on('error', () => {});

// The exit waits for what was written; by then nothing else is left to wait for.
const code = await holdfast(process.argv.slice(2), {
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  clock: systemClock,
  env: process.env,
  quit$: quit,
  reload$: fromEvent(process, 'SIGHUP'),
});
process.exitCode ??= code;
