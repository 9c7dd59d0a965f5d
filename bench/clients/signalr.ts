/** SignalR's client over its own `ws`, without negotiation. Both sides ping. */
import type { Client } from './client.ts';
import { peer } from './peers.ts';

interface HubConnection {
  start(): Promise<void>;
  stop(): Promise<void>;
  on(method: string, handler: () => void): void;
  onclose(callback: () => void): void;
  onreconnecting(callback: () => void): void;
  onreconnected(callback: () => void): void;
}

interface Builder {
  withUrl(url: string, options: object): Builder;
  withAutomaticReconnect(delays: number[]): Builder;
  withServerTimeout(ms: number): Builder;
  withKeepAliveInterval(ms: number): Builder;
  configureLogging(level: number): Builder;
  build(): HubConnection;
}

const { HubConnectionBuilder } = peer<{ HubConnectionBuilder: new () => Builder }>('@microsoft/signalr');
const webSockets = 1;
const noLog = 6;

export const signalr: Client = {
  module: '@microsoft/signalr',
  dialect: 'signalr',
  reconnects: true,
  detection: { interval: 1000, patience: 2000 },
  stalls: { interval: 200, patience: 300 },
  options:
    "keepAliveInterval = interval, the server's too; serverTimeout = interval + patience; retries after 0, 200, " +
    '1000 and 3000 ms, then none',
  connect(port, { interval, patience }, { usable, dead }) {
    const hub = new HubConnectionBuilder()
      .withUrl(`http://127.0.0.1:${port}/hub`, { skipNegotiation: true, transport: webSockets })
      .withAutomaticReconnect([0, 200, 1000, 3000])
      .withServerTimeout(interval + patience)
      .withKeepAliveInterval(interval)
      .configureLogging(noLog)
      .build();
    hub.on('feed', () => undefined);
    hub.onreconnecting(dead);
    hub.onclose(dead);
    hub.onreconnected(usable);
    hub.start().then(usable, dead);
    return () => void hub.stop();
  },
};
