/** Phoenix's own client, over `ws`. */
import { WebSocket } from 'ws';
import type { Client } from './client.ts';
import { peer } from './peers.ts';

interface PhoenixSocket {
  connect(): void;
  disconnect(): void;
  onOpen(callback: () => void): void;
  onClose(callback: () => void): void;
}

const { Socket } = peer<{ Socket: new (url: string, options: object) => PhoenixSocket }>('phoenix');
const delays = [1, 5, 10, 15, 20, 25, 50, 100, 200];

export const phoenix: Client = {
  module: 'phoenix',
  dialect: 'phoenix',
  reconnects: true,
  detection: { interval: 1000, patience: 1000 },
  stalls: { interval: 300, patience: 300 },
  options:
    'heartbeatIntervalMs = interval, which is the patience too; reconnectAfterMs a tenth; its wait of up to 1.5 s ' +
    'for the old socket to close and its lack of a connect timeout cannot be changed',
  connect(port, { interval }, { usable, dead }) {
    const socket = new Socket(`ws://127.0.0.1:${port}/socket`, {
      transport: WebSocket,
      heartbeatIntervalMs: interval,
      timeout: 1000,
      reconnectAfterMs: (tries: number) => delays[tries - 1] ?? 500,
      // The close event of a socket given up comes late or never; the verdict is only logged.
      logger: (_kind: string, text: string) => text.startsWith('heartbeat timeout') && dead(),
    });
    socket.onOpen(usable);
    socket.onClose(dead);
    socket.connect();
    return () => socket.disconnect();
  },
};
