/** The keys that are pressed on the terminal of the process. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { emitKeypressEvents } from 'node:readline';
import type { ReadStream } from 'node:tty';
import { Observable } from 'rxjs';

export interface Key {
  /** As of `node:readline`: `up`, `return`, `escape`, `s`; undefined for a character without a name. */
  readonly name?: string | undefined;
  /** The character, where the key has one. */
  readonly text?: string | undefined;
  readonly ctrl?: boolean | undefined;
}

interface Pressed {
  readonly name?: string;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
}

/**
 * Emits keys while subscribed: the terminal sends them at once and shows none, and signals are keys. Ctrl-C interrupts and Ctrl-Z stops the
 * process as before. Reads nothing while the process is in the background, where a shell would stop it for that.
 */
export function pressed(stdin: ReadStream): Observable<Key> {
  return new Observable((subscriber) => {
    const hear = (text: string | undefined, { name, ctrl, meta }: Pressed) => {
      if (ctrl === true && name === 'c') process.kill(process.pid, 'SIGINT');
      else if (ctrl === true && name === 'z') suspend(stdin);
      else subscriber.next({ name, ctrl, text: meta === true || ctrl === true ? undefined : text });
    };
    const listen = () => {
      // A listener begins to read, and a shell stops a process for that in the background.
      if (!isForeground()) return;
      stdin.setRawMode(true);
      if (stdin.listenerCount('keypress') === 0) stdin.on('keypress', hear);
      stdin.resume();
    };
    // A terminal that is gone is found by its signal.
    const ignore = () => {};
    emitKeypressEvents(stdin);
    stdin.on('error', ignore);
    process.on('SIGCONT', listen);
    listen();
    return () => {
      process.off('SIGCONT', listen);
      release(stdin);
      stdin.off('error', ignore);
    };
  });
}

function release(stdin: ReadStream): void {
  stdin.pause();
  stdin.removeAllListeners('keypress');
  if (stdin.isRaw) stdin.setRawMode(false);
}

/** Stops all processes of the job, as the terminal does at Ctrl-Z. */
function suspend(stdin: ReadStream): void {
  if (process.platform === 'win32') return;
  release(stdin);
  process.kill(0, 'SIGTSTP');
}

/** Whether the terminal is that of the job which this process belongs to. */
function isForeground(): boolean {
  if (process.platform === 'win32') return true;
  try {
    const [own, foreground] = groups();
    return own === foreground;
  } catch {
    return false;
  }
}

/** The process group, and that in the foreground of its terminal. */
function groups(): readonly (string | undefined)[] {
  if (process.platform !== 'linux')
    return execFileSync('ps', ['-o', 'pgid=,tpgid=', '-p', String(process.pid)], { encoding: 'utf8' })
      .trim()
      .split(/\s+/);
  const stat = readFileSync('/proc/self/stat', 'utf8');
  // The name of the program, in parentheses, may have spaces.
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [group, foreground];
}
