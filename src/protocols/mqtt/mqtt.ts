/** MQTT 3.1.1 and 5, the client's side. */
import type { Protocol } from '../../ports/protocol.ts';
import { requireDial } from '../clients.ts';
import { MqttDialogue } from './dialogue.ts';
import type { MqttAgreed, MqttIn, MqttOut } from './messages.ts';
import { type MqttOptions, settingsOf } from './options.ts';
import { measure } from './outgoing.ts';

/**
 * A client of MQTT. Supervises, and carries PUBLISH, SUBSCRIBE and UNSUBSCRIBE; only subscriptions of `setup` are renewed
 * on the next incarnation, and nothing is routed by topic.
 *
 * @remarks
 * Over `mqtt:` (TCP, port 1883) and `mqtts:` (TLS, port 8883); not over WebSocket. User name and password are
 * `credentials: { handshake: { username, password } }`, or those of the URL; a text alone is a password.
 * The keepalive is 1.5 times `heartbeat.interval`, in whole seconds, or what a server of version 5 says. Each end that is
 * not an abort sends DISCONNECT first, after which no will is published.
 */
export function mqtt(options: MqttOptions = {}): Protocol<MqttIn, MqttOut, Uint8Array, MqttAgreed> {
  const settings = settingsOf(options);
  const { version, maxMessageBytes } = settings;
  return {
    name: 'mqtt',
    identity: `mqtt ${JSON.stringify(settings)}`,
    modes: { dial: 'probe', accept: null },
    schemes: { mqtt: { over: 'tcp', port: 1883 }, mqtts: { over: 'tls', port: 8883 } },
    open(about) {
      requireDial('mqtt', about);
      return new MqttDialogue(settings, about);
    },
    measure: (message) => measure(message, version, maxMessageBytes),
  };
}
