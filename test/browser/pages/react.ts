/** Three components on one connection, under StrictMode, and what a test asks of them. */
import { createSupervisor, type LifecycleEvent, websocketText } from 'holdfast';
import { reportTo } from 'holdfast/inspect/page';
import { useConnection, useConnectionState, useMessages } from 'holdfast/react';
import { createContext, createElement, StrictMode, useState, version } from 'react';
import { createRoot } from 'react-dom/client';

const supervisor = createSupervisor({
  reconnect: { backoff: { type: 'fixed', delay: '300ms', jitter: 'none' } },
});
const SupervisorContext = createContext(supervisor);
const events: LifecycleEvent[] = [];
supervisor.events$.subscribe((event) => events.push(event));
const heard: Record<string, unknown[]> = { one: [], two: [], three: [] };
const called: string[] = [];

interface Props {
  readonly url: string;
  readonly name: string;
  readonly label: string;
}

/** A new spec, with new functions, in each render. */
function Feed({ url, name, label }: Props) {
  const source = name === 'two' ? SupervisorContext : supervisor;
  const connection = useConnection<string | Uint8Array>(source, {
    id: 'feed',
    url,
    protocol: websocketText({ ping: 'ping', pong: 'pong' }),
    onMessage: (message) => called.push(`${name} ${label}: ${message}`),
  });
  const state = useConnectionState(connection);
  const [count, setCount] = useState(0);
  useMessages(connection, (message) => {
    heard[name]?.push(message);
    setCount(count + 1);
  });
  return createElement('p', null, `${name} ${label} ${state} ${count}`);
}

const { document } = globalThis as unknown as { document: { getElementById(id: string): unknown } };
const root = createRoot(document.getElementById('app'));

/** Renders the components of those names. */
const show = (url: string, names: readonly string[], label: string) =>
  root.render(
    createElement(
      StrictMode,
      null,
      ...names.map((name) => createElement(Feed, { key: name, url, name, label })),
    ),
  );

const report = (url: string) => void reportTo(supervisor, { url, name: 'shop' });

Object.assign(globalThis, { show, report, version, root, supervisor, events, heard, called });
