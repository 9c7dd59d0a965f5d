/** holdfast, from the package as users get it: one supervisor for all links of the process. */
import { createSupervisor, type Supervisor, silentLogger } from 'holdfast';
import type { Client, Pace, Watcher } from './client.ts';

let supervisor: Supervisor | undefined;
let links = 0;

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
  supervisor ??= createSupervisor({ logger: silentLogger, ...policy(pace) });
  const connection = supervisor.connect({ id: `link-${++links}`, url });
  const states = connection.state$.subscribe((state) => {
    if (state === 'alive') watcher.usable();
    if (state === 'suspect') watcher.suspected();
    if (state === 'closing' || state === 'closed') watcher.dead();
  });
  return () => {
    states.unsubscribe();
    void connection.close();
  };
}

function policy({ interval, patience }: Pace) {
  return {
    heartbeat: { interval, suspectAfter: { min: 50, max: 200 }, condemnAfter: patience },
    deadlines: { connect: 1000, handshake: 1000, write: 1000, close: 200 },
    reconnect: { backoff: { base: 100, cap: 3000 }, stableAfter: 1000 },
  };
}
