/** A page that shows the state of its connection, and the messages. Bundled by `serve.ts`. */
import { createSupervisor, websocketText } from 'holdfast';

const show = (id: string, text: string) => {
  const element = document.getElementById(id);
  if (element !== null) element.textContent = text;
};

const supervisor = createSupervisor({
  heartbeat: { interval: '2s', condemnAfter: '2s' },
  reconnect: { backoff: { base: '200ms', cap: '2s' } },
});

const feed = supervisor.connect({
  id: 'feed',
  url: `ws://${location.host}/feed`,
  protocol: websocketText({ ping: 'ping', pong: 'pong' }),
  onMessage: (message) => show('message', String(message)),
});

feed.state$.subscribe((state) => {
  document.body.dataset.state = state;
  show('state', state);
  show('sockets', String(feed.incarnation));
});

supervisor.events$.subscribe((event) => {
  if (event.event === 'reconnect-scheduled')
    show('next', `attempt ${event.attempt} in ${Math.round(event.delayMs)} ms`);
  if (event.event === 'state' && event.to === 'alive') show('next', 'none');
});

// A hidden page closes its connection; a page that returns from the back/forward cache connects again.
addEventListener('pagehide', () => feed.close());
addEventListener('pageshow', (event) => event.persisted && feed.reconnect());
