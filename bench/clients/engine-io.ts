/** The transport of socket.io. The server pings and dictates the pace. */
import type { Client } from './client.ts';
import { peer } from './peers.ts';

interface EngineSocket {
  on(event: 'open' | 'close' | 'error', listener: () => void): void;
  close(): void;
}

const { Socket } = peer<{ Socket: new (url: string, options: object) => EngineSocket }>('engine.io-client');

export const engineIo: Client = {
  module: 'engine.io-client',
  dialect: 'engine.io',
  reconnects: false,
  detection: { interval: 1000, patience: 2000 },
  stalls: { interval: 200, patience: 300 },
  options: "the server's pingInterval = interval, pingTimeout = patience; does not reconnect by itself",
  connect(port, _pace, { usable, dead }) {
    const socket = new Socket(`ws://127.0.0.1:${port}`, { transports: ['websocket'] });
    socket.on('open', usable);
    socket.on('close', dead);
    socket.on('error', () => undefined);
    return () => socket.close();
  },
};
