/** A clock for pages whose timers tick in a dedicated worker, which browsers do not throttle when the page is hidden. */
import { checked, type Kinds } from '../base/options.ts';
import { type Clock, schedulerOver, systemClock } from './clock.ts';

/** Options of `workerClock`. */
export interface WorkerClockOptions {
  /**
   * The URL of a script with the text of `clockWorkerSource`, for pages whose content security policy permits no
   * `blob:` workers. Default: a blob of that text.
   */
  readonly url?: string | URL;
  /** Hears, once, why no worker ticks. Default: an uncaught error of the page. */
  readonly onError?: (error: Error) => void;
}

/** A clock whose timers tick in a worker, which browsers do not slow down in hidden tabs. */
export interface WorkerClock extends Clock {
  /** Ends the worker; the page's own timers go on. */
  close(): void;
}

/** The members of a `Worker` that are used. */
interface Ticker {
  onmessage: ((event: { readonly data: number }) => void) | null;
  onerror: ((event: { readonly message?: string; preventDefault(): void }) => void) | null;
  postMessage(message: readonly number[]): void;
  terminate(): void;
}

/** The script of the worker. A message is the number of a timer with its delay in milliseconds, or alone to clear it. */
export const clockWorkerSource = `const timers = new Map();
onmessage = ({ data: [id, delay] }) => {
  clearTimeout(timers.get(id));
  timers.delete(id);
  if (delay === undefined) return;
  timers.set(id, setTimeout(() => { timers.delete(id); postMessage(id); }, delay));
};
`;

const kinds: Kinds<WorkerClockOptions> = { url: 0, onError: 'a function' };

/**
 * The `clock` of a supervisor in a page that keeps its heartbeats in time while it is hidden. Each timer runs in the
 * worker and in the page, and the first of the two counts: without a worker the page's own timers are used, after one
 * call of `onError`. Frozen pages stop their workers, too. One clock serves any number of supervisors.
 */
export function workerClock(options: WorkerClockOptions = {}): WorkerClock {
  const { url, onError = uncaught } = checked('workerClock', options, kinds);
  const runs = new Map<number, () => void>();
  const { scheduler } = systemClock;
  let timers = 0;
  let worker: Ticker | undefined;
  const close = () => {
    worker?.terminate();
    worker = undefined;
  };
  const fail = (why: string) => {
    close();
    onError(
      new Error(`workerClock: no worker runs ${url ?? 'a blob'} (${why}); the page's own timers are used`),
    );
  };
  try {
    worker = started(url);
    worker.onmessage = ({ data }) => runs.get(data)?.();
    worker.onerror = (event) => {
      event.preventDefault();
      fail(event.message || 'blocked, or not found');
    };
  } catch (error) {
    fail(String(error));
  }
  const later = (run: () => void, delay: number) => {
    const id = ++timers;
    const cancel = () => {
      inPage.unsubscribe();
      if (runs.delete(id)) worker?.postMessage([id]);
    };
    const ring = () => {
      cancel();
      run();
    };
    const inPage = scheduler.schedule(ring, delay);
    runs.set(id, ring);
    worker?.postMessage([id, delay]);
    return cancel;
  };
  return { ...systemClock, scheduler: schedulerOver(scheduler.now, later), close };
}

function started(url: string | URL | undefined): Ticker {
  const { Worker } = globalThis as unknown as { Worker: new (url: string | URL) => Ticker };
  if (url !== undefined) return new Worker(url);
  return new Worker(URL.createObjectURL(new Blob([clockWorkerSource], { type: 'text/javascript' })));
}

function uncaught(error: Error): void {
  systemClock.scheduler.schedule(() => {
    throw error;
  });
}
