/** A clock for pages whose timers tick in a dedicated worker, which browsers do not throttle when the page is hidden. */

import { badConfig } from '../base/errors.ts';
import { checked, type Kinds } from '../base/options.ts';
import { type Clock, schedulerOver, systemClock } from './clock.ts';

/** Options of `workerClock`. */
export interface WorkerClockOptions {
  /**
   * A worker that runs the script `holdfast/clock-worker`, as bundlers make it of `new Worker(new URL('holdfast/clock-worker',
   * import.meta.url))`. `close` ends it. Default: one of `url`.
   */
  readonly worker?: ClockWorker;
  /**
   * The URL of a copy of `holdfast/clock-worker`, or of a script with the text of `clockWorkerSource`, for pages whose content
   * security policy permits no `blob:` workers. Default: a blob of that text.
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

/** A `Worker` by the members that are used, with arguments that fit each declaration of them. */
export interface ClockWorker {
  addEventListener(type: never, listener: never): void;
  postMessage(message: number[]): void;
  terminate(): void;
}

/** What is heard of it: ticks, and that its script threw, was not found, or is not permitted. */
interface Ticker {
  addEventListener(type: 'message', listener: (event: { readonly data: number }) => void): void;
  addEventListener(type: 'error', listener: (event: Failed) => void): void;
}

interface Failed {
  readonly message?: string;
  preventDefault(): void;
}

/** The script of the worker. A message is the number of a timer with its delay in milliseconds, or alone to clear it. */
export const clockWorkerSource = `const timers = new Map();
globalThis.onmessage = ({ data: [id, delay] }) => {
  clearTimeout(timers.get(id));
  timers.delete(id);
  if (delay === undefined) return;
  timers.set(id, setTimeout(() => { timers.delete(id); postMessage(id); }, delay));
};
`;

const kinds: Kinds<WorkerClockOptions> = { worker: 'an object', url: 0, onError: 'a function' };

/**
 * The `clock` of a supervisor in a page that keeps its heartbeats in time while it is hidden. Each timer runs in the
 * worker and in the page, and the first of the two counts: without a worker the page's own timers are used, after one
 * call of `onError`. Frozen pages stop their workers, too. One clock serves any number of supervisors. Throws
 * `ConfigError` for a `worker` and a `url` at once.
 */
export function workerClock(options: WorkerClockOptions = {}): WorkerClock {
  const { worker: given, url, onError = uncaught } = checked('workerClock', options, kinds);
  if (given !== undefined && url !== undefined)
    throw badConfig('workerClock.url', url, 'none beside `worker`, which has its script');
  const runs = new Map<number, () => void>();
  const { scheduler } = systemClock;
  let timers = 0;
  let worker: ClockWorker | undefined;
  const close = () => {
    worker?.terminate();
    worker = undefined;
  };
  const fail = (why: string) => {
    close();
    onError(new Error(`workerClock: ${missing(options)} (${why}); the page's own timers are used`));
  };
  try {
    worker = workerOf(options);
    listen(worker, (id) => runs.get(id)?.(), fail);
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

function workerOf({ worker, url }: WorkerClockOptions): ClockWorker {
  if (worker !== undefined) return worker;
  const { Worker } = globalThis as unknown as { Worker: new (url: string | URL) => ClockWorker };
  if (url !== undefined) return new Worker(url);
  return new Worker(URL.createObjectURL(new Blob([clockWorkerSource], { type: 'text/javascript' })));
}

function listen(worker: Ticker, ticked: (id: number) => void, failed: (why: string) => void): void {
  worker.addEventListener('message', ({ data }) => ticked(data));
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    failed(event.message || 'blocked, or not found');
  });
}

function missing({ worker, url }: WorkerClockOptions): string {
  if (worker !== undefined) return 'the worker handed in does not run';
  if (url !== undefined) return `no worker runs ${url}`;
  return 'no worker runs a blob, which needs `worker-src blob:` in a content security policy, or the option `worker`';
}

function uncaught(error: Error): void {
  systemClock.scheduler.schedule(() => {
    throw error;
  });
}
