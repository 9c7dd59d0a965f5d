/** A page whose supervisor reports to an inspector; both URLs are in its address. */
import { createSupervisor, gates, probes, websocketText } from 'holdfast';
import { recordingOf, reportTo } from 'holdfast/inspect/page';
import { flightRecorder } from 'holdfast/recorder';

const { location } = globalThis as unknown as { readonly location: { readonly search: string } };
const asked = new URLSearchParams(location.search);
const supervisor = createSupervisor({
  recorder: flightRecorder(),
  parts: [gates, probes],
  reconnect: { backoff: { base: 300, jitter: 'none' } },
  heartbeat: { interval: 1000 },
});
const feed = supervisor.connect({
  id: 'feed',
  url: asked.get('feed') ?? '',
  protocol: websocketText({ ping: 'ping', pong: 'pong' }),
});
const reporter = reportTo(supervisor, { url: asked.get('report') ?? '', name: 'shop' });
Object.assign(globalThis, {
  feed,
  reporter,
  recording: () => JSON.stringify(recordingOf(supervisor)),
  /** Holds the only thread of the page, as an endless loop would. */
  freeze: (ms: number) => {
    const until = performance.now() + ms;
    while (performance.now() < until);
  },
});
