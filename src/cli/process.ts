/** Connects the command line to the process. */
import { defer, fromEvent, merge, type Observable, of, ReplaySubject } from 'rxjs';
import { systemClock } from '../time/clock.ts';
import { masked } from './dial/masked.ts';
import { pressed } from './keys/terminal.ts';
import { holdfast } from './program.ts';

/** npm forwards the Ctrl-C that the terminal has already sent: two signals within this time count as one. */
const SAME_SIGNAL_MS = 500;
const signals = { SIGINT: 2, SIGTERM: 15 } as const;

/** Runs the command. `hungUp` says whether a SIGHUP came before this module was loaded. */
export async function run(args: readonly string[], hungUp: () => boolean): Promise<void> {
  const quit$ = quitting();
  const shown = masked(args);
  // Lists of processes show the title in place of the arguments.
  if (shown.some((arg, index) => arg !== args[index])) process.title = ['holdfast', ...shown].join(' ');
  followOutput(quit$);
  // Sets the exit code rather than exit, so that pending output is still written.
  const code = await holdfast(args, {
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    clock: systemClock,
    env: process.env,
    quit$,
    quit: () => quit$.next('key'),
    get keys$() {
      return process.stdin.isTTY ? pressed(process.stdin) : undefined;
    },
    reload$: defer(() => (hungUp() ? merge(of('SIGHUP'), hangups()) : hangups())),
  });
  process.exitCode ??= code;
}

function hangups(): Observable<unknown> {
  return fromEvent(process, 'SIGHUP');
}

/** Replays the signal to a command that subscribes late, as it is still starting. */
function quitting(): ReplaySubject<unknown> {
  const quit = new ReplaySubject<unknown>(1);
  let firstSignalAt: number | undefined;
  for (const [signal, number] of Object.entries(signals)) {
    process.on(signal, () => {
      const now = systemClock.scheduler.now();
      if (firstSignalAt !== undefined && now - firstSignalAt > SAME_SIGNAL_MS) process.exit(128 + number);
      firstSignalAt ??= now;
      quit.next(signal);
    });
  }
  return quit;
}

function followOutput(quit: ReplaySubject<unknown>): void {
  let stdoutFailed = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    quit.next(error);
    // The reader has closed the pipe, as `head` does: no failure.
    if (stdoutFailed || error.code === 'EPIPE' || error.code === 'ECONNRESET') return;
    stdoutFailed = true;
    process.exitCode = 1;
    process.stderr.write(`holdfast: standard output: ${error.message}\n`);
  });
  // An error of standard error cannot be printed; the exit code still reports failures.
  process.stderr.on('error', () => {});
}
