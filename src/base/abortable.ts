/** Waiting that its caller can give up. */
import { badConfig, HoldfastError } from './errors.ts';

export interface WaitOptions {
  /** Aborting it ends the wait with `HoldfastError("aborted")`, and changes nothing else. */
  readonly signal?: AbortSignal | undefined;
}

/** `promise`, unless `signal` aborts first. Leaves no listener behind. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    promise.then(resolve, reject);
    const ignore = onAbort(signal, () => reject(aborted(signal)));
    promise.then(ignore, ignore);
  });
}

/** Throws `ConfigError`. */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined || typeof signal?.addEventListener === 'function') return;
  throw badConfig('signal', signal, 'an AbortSignal');
}

/** Calls `react` when the signal aborts, at once if it has. Returns what stops listening. Throws `ConfigError`. */
export function onAbort(signal: AbortSignal, react: () => void): () => void {
  checkSignal(signal);
  if (signal.aborted) react();
  else signal.addEventListener('abort', react);
  return () => signal.removeEventListener('abort', react);
}

function aborted({ reason }: AbortSignal): HoldfastError {
  return new HoldfastError('aborted', 'the wait was aborted', { cause: reason });
}
