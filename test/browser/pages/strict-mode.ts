/** A component that holds a connection, mounted as React does it in development: twice. */
import { createSupervisor, websocketText } from 'holdfast';
import { createElement, StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

const supervisor = createSupervisor();
let mounts = 0;

function Feed({ url }: { url: string }) {
  const [state, setState] = useState<string>('unmounted');
  useEffect(() => {
    mounts++;
    const protocol = websocketText({ ping: 'ping', pong: 'pong' });
    const feed = supervisor.connect({ id: 'feed', url, protocol });
    const watch = feed.state$.subscribe(setState);
    return () => {
      watch.unsubscribe();
      feed.close();
    };
  }, [url]);
  return state;
}

const show = (url: string) => {
  const { document } = globalThis as unknown as { document: { getElementById(id: string): unknown } };
  const root = createRoot(document.getElementById('app'));
  root.render(createElement(StrictMode, null, createElement(Feed, { url })));
  return root;
};

Object.assign(globalThis, { show, supervisor, mounts: () => mounts });
