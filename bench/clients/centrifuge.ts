/** Centrifugo's client, over `ws`. The server pings and says how often. */
import { WebSocket } from 'ws';
import type { Client } from './client.ts';
import { peer } from './peers.ts';

interface CentrifugeClient {
  on(
    event: 'connected' | 'connecting' | 'disconnected' | 'error',
    listener: (context: { code: number }) => void,
  ): void;
  connect(): void;
  disconnect(): void;
}

const { Centrifuge } = peer<{ Centrifuge: new (url: string, options: object) => CentrifugeClient }>(
  'centrifuge',
);
/** The code of the first `connecting`, which follows no death. */
const connectCalled = 0;

export const centrifuge: Client = {
  module: 'centrifuge',
  dialect: 'centrifuge',
  reconnects: true,
  detection: { interval: 1000, patience: 1000 },
  stalls: { interval: 200, patience: 300 },
  options:
    "the server's ping = interval; maxServerPingDelay = patience; timeout 500, minReconnectDelay 50, maxReconnectDelay 2000; " +
    'its grace of 1 s for a timer more than 1 s late cannot be changed',
  connect(port, { patience }, { usable, dead }) {
    const client = new Centrifuge(`ws://127.0.0.1:${port}/connection/websocket`, {
      websocket: WebSocket,
      maxServerPingDelay: patience,
      timeout: 500,
      minReconnectDelay: 50,
      maxReconnectDelay: 2000,
    });
    client.on('connected', usable);
    client.on('connecting', ({ code }) => code !== connectCalled && dead());
    client.on('disconnected', dead);
    client.on('error', () => undefined);
    client.connect();
    return () => client.disconnect();
  },
};
