/** Options of `mqtt`, and their checks. */

import { bytesOf } from '../../base/bytes.ts';
import { objectOf } from '../../base/options.ts';
import { isSetup } from '../clients.ts';
import { defaultMaxMessageBytes, isWhole, limitRequirement, requireAll } from '../options.ts';
import { utf8Length } from '../utf8.ts';
import type { MqttOut, PublishProperties, QoS, Version } from './messages.ts';
import { measure } from './outgoing.ts';
import { problemOfProperties } from './properties.ts';
import { isText } from './text.ts';

/** Published by the server when the connection ends without this side's DISCONNECT. */
export interface MqttWill {
  readonly topic: string;
  /** At most 65,535 bytes. */
  readonly payload: string | Uint8Array;
  /** @default 0 */
  readonly qos?: QoS;
  /** @default false */
  readonly retain?: boolean;
  /** MQTT 5. `willDelayInterval`: seconds to wait; no will is published when this client is back by then. */
  readonly properties?: PublishProperties & { readonly willDelayInterval?: number };
}

/** Options of `mqtt`. */
export interface MqttOptions {
  /** 4 for MQTT 3.1.1, 5 for MQTT 5. @default 4 */
  readonly version?: Version;
  /** The name of this client, different for each. Empty: the server assigns one. @default '' */
  readonly clientId?: string;
  /** False: goes on with a session that the server has kept. Needs a `clientId` with version 4. @default true */
  readonly clean?: boolean;
  /** Seconds for which the server keeps the session of a lost connection; 4294967295: for ever. Version 5 only. @default 0 */
  readonly sessionExpiry?: number;
  readonly will?: MqttWill;
  /**
   * Messages of QoS 1 and 2 that are on their way at a time; a server of version 5 may permit fewer. mosquitto, for one,
   * drops messages of QoS 2 beyond its `max_inflight_messages` (20), and MQTT 3.1.1 has no word for that. @default 20
   */
  readonly maxInFlight?: number;
  /** Messages of each handshake, such as subscriptions, and a message that takes a will back. @default [] */
  readonly setup?: readonly MqttOut[];
  /** Limit of one packet in bytes, both ways. A server of version 5 is told. @default 16777216 (16 MiB) */
  readonly maxMessageBytes?: number;
}

export type Settings = Required<Omit<MqttOptions, 'will'>> & Pick<MqttOptions, 'will'>;

/** Whether the server may keep the session of a connection that ended. */
export function keepsSession({ version, clean, sessionExpiry }: Settings): boolean {
  return version === 5 ? sessionExpiry > 0 : !clean;
}

/** The largest packet that has an encoding: a length of 4 bytes of 7 bits, and 5 bytes before it ends. */
const largestPacket = 268_435_460;

export function settingsOf(options: MqttOptions): Settings {
  const settings = {
    version: 4 as const,
    clientId: '',
    clean: true,
    sessionExpiry: 0,
    maxInFlight: 20,
    setup: [],
    maxMessageBytes: defaultMaxMessageBytes,
    ...objectOf('mqtt', options),
  };
  const { version, clientId, clean, sessionExpiry, will, maxInFlight, setup, maxMessageBytes } = settings;
  requireAll('mqtt', options, [
    ['version', version, version === 4 || version === 5, '4 (MQTT 3.1.1) or 5'],
    ['clientId', clientId, clientId === '' || isText(clientId), 'text of at most 65535 bytes without NUL'],
    ['clean', clean, typeof clean === 'boolean', 'true or false'],
    ['clean', clean, clean || version !== 4 || clientId !== '', 'true, or a clientId, with version 4'],
    ['sessionExpiry', sessionExpiry, isWhole(sessionExpiry, 0, 0xffff_ffff), 'seconds from 0 to 4294967295'],
    ['sessionExpiry', sessionExpiry, version === 5 || sessionExpiry === 0, '0, or version 5'],
    ['will', will, will === undefined || isWill(will, version), 'topic, payload of at most 65535 bytes, qos'],
    [
      'maxInFlight',
      maxInFlight,
      isWhole(maxInFlight, 1, 65_535),
      'a whole number of messages from 1 to 65535',
    ],
    ['setup', setup, isSetup(setup, (each) => measure(each, version, maxMessageBytes)), 'a list of messages'],
    limitRequirement(maxMessageBytes, { most: largestPacket }),
  ]);
  return settings;
}

function isWill({ topic, payload, qos = 0, properties }: MqttWill, version: Version): boolean {
  if (!isText(topic) || /[+#]/.test(topic) || ![0, 1, 2].includes(qos)) return false;
  if (problemOfProperties('will', properties) !== undefined) return false;
  const length = typeof payload === 'string' ? utf8Length(payload) : bytesOf(payload)?.length;
  return length !== undefined && length <= 65_535 && (version === 5 || properties === undefined);
}
