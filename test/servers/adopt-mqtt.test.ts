/** mqtt.js, adopted as docs/adopting.md says, against mosquitto. */
import type { MqttClient } from 'mqtt';
import type { Adoption } from '../../src/adopt/adoption.ts';
import { adoptedScenario, nextMessage } from './support/adopted.ts';
import { mosquitto } from './support/mosquitto.ts';
import { recipe } from './support/recipes.ts';

interface Publication {
  readonly topic: string;
  readonly payload: Uint8Array | string;
}

const subscriber =
  await recipe<(...topics: string[]) => Adoption<MqttClient, Publication, Publication>>('mqttSubscriber');

adoptedScenario<MqttClient, Publication, Publication>({
  name: 'adopt: mqtt.js',
  programs: ['mosquitto', 'mosquitto_passwd'],
  start: () => mosquitto({ login: { username: 'user', password: 'secret' } }),
  spec: (port) => ({ ...subscriber('prices'), url: `mqtt://user:secret@127.0.0.1:${port}` }),
  wrong: { username: 'user', password: 'wrong' },
  async business(connection) {
    const arrived = nextMessage(connection, ({ payload }) => String(payload) === 'hello');
    await connection.send({ topic: 'prices', payload: 'hello' });
    return arrived;
  },
  stopped: ['closed-by-peer', 'going-away', 'reset'],
});
