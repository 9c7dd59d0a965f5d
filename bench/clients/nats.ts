/** The NATS client over TCP. */
import type { Client, Watcher } from './client.ts';
import { peer } from './peers.ts';

interface NatsConnection {
  status(): AsyncIterable<{ type: string }>;
  close(): Promise<void>;
}

const { connect } = peer<{ connect(options: object): Promise<NatsConnection> }>('nats');

export const nats: Client = {
  module: 'nats',
  dialect: 'nats',
  reconnects: true,
  detection: { interval: 1000, patience: 2000 },
  stalls: { interval: 200, patience: 400 },
  options:
    'pingInterval = interval, maxPingOut = patience / interval = 2; reconnectTimeWait 200, reconnectJitter 10, ' +
    'maxReconnectAttempts -1, timeout 2000',
  connect(port, { interval, patience }, watcher) {
    const opening = connect({
      servers: `127.0.0.1:${port}`,
      pingInterval: interval,
      maxPingOut: patience / interval,
      reconnectTimeWait: 200,
      reconnectJitter: 10,
      maxReconnectAttempts: -1,
      timeout: 2000,
    });
    opening.then((connection) => watch(connection, watcher), watcher.dead);
    return () => void opening.then((connection) => connection.close());
  },
};

async function watch(connection: NatsConnection, { usable, dead }: Watcher): Promise<void> {
  usable();
  for await (const { type } of connection.status()) {
    if (type === 'disconnect') dead();
    if (type === 'reconnect') usable();
  }
}
