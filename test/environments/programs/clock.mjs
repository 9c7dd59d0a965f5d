/** A page whose timers tick in a worker, which a bundler makes of the package's script. */
import { workerClock } from 'holdfast';
import { visit } from './visit.mjs';

/** A visit, in a page whose own timers do not fire. Resolves with what came back and what `workerClock` reported. */
globalThis.visitByWorker = async (url) => {
  const errors = [];
  globalThis.setInterval = () => 0;
  const worker = new Worker(new URL('holdfast/clock-worker', import.meta.url));
  const clock = workerClock({ worker, onError: ({ message }) => errors.push(message) });
  const heard = await visit(url, { clock });
  clock.close();
  return [heard, ...errors];
};
