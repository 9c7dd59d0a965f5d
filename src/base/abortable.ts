/** Waits that an `AbortSignal` ends. */
import { badConfig, HoldfastError } from './errors.ts';
import { checked, type Kinds } from './options.ts';

/** Options of a wait. */
export interface WaitOptions {
  /** Aborting it rejects the wait with `HoldfastError("aborted")`, and changes nothing else. */
  readonly signal?: AbortSignal | undefined;
}

/** Settles as `promise`; rejects with `HoldfastError("aborted")` if `signal` aborts first. Leaves no listener on the signal. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    promise.then(resolve, reject);
    const stopListening = onAbort(signal, () => reject(aborted(signal)));
    promise.then(stopListening, stopListening);
  });
}

const waitKinds: Kinds<WaitOptions> = { signal: 0 };

/** The signal of a wait. Throws `ConfigError` for other options. */
export function signalOf(options: WaitOptions = {}): AbortSignal | undefined {
  return checked('ready', options, waitKinds).signal;
}

/** Throws `ConfigError` for a value that is not an `AbortSignal`. */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined || typeof signal?.addEventListener === 'function') return;
  throw badConfig('signal', signal, 'an AbortSignal');
}

/** The callbacks that wait for each signal. One listener stands for all of it: Node warns of a leak at more than ten. */
const reactions = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `react` when the signal aborts, at once if it already has. Returns a function that withdraws it. Throws `ConfigError`. */
export function onAbort(signal: AbortSignal, react: () => void): () => void {
  checkSignal(signal);
  const waiting = reactions.get(signal) ?? new Set();
  if (signal.aborted) react();
  else {
    reactions.set(signal, waiting.add(react));
    // Adding the same function again changes nothing.
    signal.addEventListener('abort', reactAll, { once: true });
  }
  return () => {
    waiting.delete(react);
    if (waiting.size === 0) signal.removeEventListener('abort', reactAll);
  };
}

function reactAll(this: AbortSignal): void {
  for (const react of reactions.get(this) ?? []) react();
}

function aborted({ reason }: AbortSignal): HoldfastError {
  return new HoldfastError('aborted', 'the wait was aborted', { cause: reason });
}
