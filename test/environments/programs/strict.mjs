/** A page with a clock whose timers tick in a worker, under a policy that permits no blob. */
import { workerClock } from 'holdfast';
import { visit } from './visit.mjs';

/** The errors of a clock whose timer fires in a page whose own timers do not. */
async function ticks(options) {
  const errors = [];
  globalThis.setInterval = () => 0;
  const clock = workerClock({ ...options, onError: ({ message }) => errors.push(message) });
  await new Promise((resolve) => clock.scheduler.schedule(resolve, 10));
  clock.close();
  return errors;
}

/** A visit by a clock with its defaults: what came back, and the errors of the clock. */
async function visitBy(url) {
  const errors = [];
  const clock = workerClock({ onError: ({ message }) => errors.push(message) });
  return [await visit(url, { clock }), ...errors];
}

Object.assign(globalThis, { ticks, visit, visitBy });
