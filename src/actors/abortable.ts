/** Waiting that its caller can give up. */
import { HoldfastError } from '../errors.ts';

export interface WaitOptions {
  /** Aborting it ends the wait with `HoldfastError("aborted")`, and changes nothing else. */
  readonly signal?: AbortSignal | undefined;
}

/** `promise`, unless `signal` aborts first. Leaves no listener behind. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(aborted(signal));
    const settled = () => signal.removeEventListener('abort', abort);
    promise.then(resolve, reject).finally(settled);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort);
  });
}

function aborted({ reason }: AbortSignal): HoldfastError {
  return new HoldfastError('aborted', 'the wait was aborted', { cause: reason });
}
