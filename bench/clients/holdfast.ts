/** holdfast, from the package as users get it: one supervisor for all links of the process. */
import { createSupervisor, type LifecycleEvent, type Supervisor, silentLogger } from 'holdfast';
import type { Client, Pace, Watcher } from './client.ts';

let supervisor: Supervisor | undefined;
let links = 0;
/** By id. */
const watchers = new Map<string, Watcher>();

const common = {
  module: 'holdfast',
  reconnects: true,
  detection: { interval: 1000, patience: 1000 },
  stalls: { interval: 200, patience: 300 },
  options:
    'heartbeat { interval, suspectAfter { min 50, max 200 }, condemnAfter = patience }, deadlines 1000 ' +
    '(close 200), backoff { base 100, cap 3000 }, stableAfter 1000',
} as const;

export const overLine: Client = {
  ...common,
  dialect: 'line',
  connect: (port, pace, watcher) => open(`tcp://127.0.0.1:${port}`, pace, watcher),
};

export const overWebSocket: Client = {
  ...common,
  dialect: 'websocket',
  connect: (port, pace, watcher) => open(`ws://127.0.0.1:${port}`, pace, watcher),
};

function open(url: string, pace: Pace, watcher: Watcher): () => void {
  supervisor ??= supervised(pace);
  const id = `link-${++links}`;
  watchers.set(id, watcher);
  const connection = supervisor.connect({ id, url });
  return () => {
    watchers.delete(id);
    void connection.close();
  };
}

function supervised(pace: Pace): Supervisor {
  const made = createSupervisor({ logger: silentLogger, ...policy(pace) });
  made.events$.subscribe(report);
  return made;
}

/** Only transitions count: a connection that waits for its first turn at a gate makes none, and is not dead. */
function report(event: LifecycleEvent): void {
  if (event.event !== 'state') return;
  const watcher = watchers.get(event.connection);
  if (event.to === 'alive') watcher?.usable();
  if (event.to === 'suspect') watcher?.suspected();
  if (event.to === 'closing' || event.to === 'closed') watcher?.dead();
}

function policy({ interval, patience }: Pace) {
  return {
    heartbeat: { interval, suspectAfter: { min: 50, max: 200 }, condemnAfter: patience },
    deadlines: { connect: 1000, handshake: 1000, write: 1000, close: 200 },
    reconnect: { backoff: { base: 100, cap: 3000 }, stableAfter: 1000 },
  };
}
