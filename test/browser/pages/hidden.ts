/** A hidden page: reports to its server when it is hidden, and dials the URL of its hash. */
import { createSupervisor, websocketText } from 'holdfast';

interface Page {
  readonly location: { readonly hash: string };
  readonly document: { readonly visibilityState: string; onvisibilitychange: () => void };
}

const { location, document } = globalThis as unknown as Page;

/** Everything here falls due faster than the timers of a hidden page may fire: once a second. */
const supervisor = createSupervisor({
  heartbeat: { interval: '200ms', suspectAfter: { min: '100ms', max: '200ms' }, condemnAfter: '300ms' },
});
const feed = supervisor.connect({
  url: location.hash.slice(1),
  protocol: websocketText({ ping: 'ping', pong: 'pong' }),
});
document.onvisibilitychange = () => void feed.send(document.visibilityState);
