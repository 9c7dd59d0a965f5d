/** The page of the tests: the package as bundled for a page, and a record of its connections' events. */
import { createSupervisor, gates, type LifecycleEvent, probes, routes, websocketText } from 'holdfast';

const events: LifecycleEvent[] = [];
const errors: unknown[] = [];
const supervisor = createSupervisor({
  parts: [gates, probes, routes],
  heartbeat: { interval: '500ms', suspectAfter: { min: '200ms', max: '400ms' }, condemnAfter: '1s' },
  reconnect: { backoff: { base: '50ms', cap: '100ms' } },
  onError: (error) => errors.push(String(error)),
});
supervisor.events$.subscribe((event) => events.push(event));

const connect = (url: string) => {
  const connection = supervisor.connect({
    id: 'feed',
    url,
    protocol: websocketText({ ping: 'ping', pong: 'pong' }),
  });
  return { connection, heard: heardBy(connection) };
};

function heardBy(connection: ReturnType<typeof supervisor.connect<string | Uint8Array>>) {
  const heard: (string | Uint8Array)[] = [];
  connection.messages$.subscribe((message) => heard.push(message));
  return heard;
}

/** The states so far, without those in `events` before `from`. */
const states = (from = 0) =>
  events.slice(from).flatMap((event) => (event.event === 'state' ? [event.to] : []));

/** A supervisor with nothing but defaults. */
const plain = createSupervisor();

Object.assign(globalThis, { plain, supervisor, connect, events, errors, states });
