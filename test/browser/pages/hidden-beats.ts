/** A page that dials the URL of its hash, with the clock that its query names: `page`, `blob`, or the URL of a script. */
import { createSupervisor, websocketText, workerClock } from '../../../src/browser.ts';

const { location } = globalThis as unknown as {
  readonly location: { readonly hash: string; readonly search: string };
};
const kind = location.search.slice(1);
const errors: string[] = [];
const onError = (error: Error) => errors.push(error.message);
const url = kind === 'blob' ? {} : { url: kind };
const clock = kind === 'page' ? {} : { clock: workerClock({ ...url, onError }) };

const supervisor = createSupervisor({ heartbeat: { interval: '1s' }, ...clock });
supervisor.connect({
  url: location.hash.slice(1),
  protocol: websocketText({ ping: 'ping', pong: 'pong' }),
});
Object.assign(globalThis, { supervisor, errors });
