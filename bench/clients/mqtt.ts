/** MQTT.js over TCP. */
import type { Client } from './client.ts';
import { peer } from './peers.ts';

interface MqttClient {
  on(event: 'connect' | 'close' | 'error', listener: () => void): void;
  end(force: boolean): void;
}

const { connect } = peer<{ connect(url: string, options: object): MqttClient }>('mqtt');

export const mqtt: Client = {
  module: 'mqtt',
  dialect: 'mqtt',
  reconnects: true,
  detection: { interval: 1000, patience: 500 },
  stalls: { interval: 600, patience: 300 },
  options:
    'keepalive 1 (whole seconds only; its timerVariant makes such a second last one interval), verdict fixed at ' +
    '1.5 x; reconnectPeriod 100, connectTimeout 3000',
  connect(port, { interval }, { usable, dead }) {
    const client = connect(`mqtt://127.0.0.1:${port}`, {
      keepalive: 1,
      timerVariant: {
        set: (tick: () => void, ms: number) => setInterval(tick, (ms * interval) / 1000),
        clear: clearInterval,
      },
      reconnectPeriod: 100,
      connectTimeout: 3000,
    });
    client.on('connect', usable);
    client.on('close', dead);
    client.on('error', () => undefined);
    return () => client.end(true);
  },
};
