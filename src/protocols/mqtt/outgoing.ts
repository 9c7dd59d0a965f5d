/** Checks of messages to be sent: a server drops the connection of a client that sends what MQTT forbids. */
import { bytesOf } from '../../base/bytes.ts';
import type { HoldfastError } from '../../base/errors.ts';
import { badMessage, neitherTextNorBytes, tooLong } from '../refusals.ts';
import { utf8Length } from '../utf8.ts';
import type {
  ConnackProperties,
  MqttOut,
  MqttPublish,
  MqttSubscribe,
  MqttSubscription,
  Version,
} from './messages.ts';
import { asBuffer, encodePacket } from './packets.ts';
import { problemOfProperties } from './properties.ts';
import { isText, longestText } from './text.ts';

export const refusal = (why: string): HoldfastError => badMessage('mqtt', why);

/** Topics and payload in bytes. Throws for a message that no server may be sent. */
export function measure(message: MqttOut, version: Version, limit: number): number {
  const problem = problemOf(message, version);
  if (problem !== undefined) throw refusal(problem);
  const length = lengthOf(message);
  if (length > limit) throw refusal(tooLong(length, limit));
  return length;
}

/** Throws for a message that this server told not to send. */
export function respect(
  message: MqttOut,
  { maximumQoS = 2, retainAvailable = true }: ConnackProperties,
): void {
  if (message.cmd !== 'publish') return;
  const { qos = 0, retain = false } = message;
  if (qos > maximumQoS) throw refusal(`its QoS ${qos} exceeds the server's maximum QoS (${maximumQoS})`);
  if (retain && !retainAvailable) throw refusal('the server retains no messages');
}

export function encodeMessage(message: MqttOut, messageId: number | undefined, version: Version): Uint8Array {
  try {
    return encodePacket(packetOf(message, messageId), version);
  } catch (error) {
    throw refusal(error instanceof Error ? error.message : String(error));
  }
}

/** Fields that MQTT does not have here are left out. */
function packetOf(message: MqttOut, messageId: number | undefined): object {
  if (message.cmd === 'publish') return publishOf(message, messageId);
  const { cmd, properties } = message;
  return message.cmd === 'subscribe'
    ? { cmd, messageId, properties, subscriptions: message.subscriptions }
    : { cmd, messageId, properties, unsubscriptions: message.unsubscriptions };
}

function publishOf(
  { topic, payload, qos, retain, properties }: MqttPublish,
  messageId: number | undefined,
): object {
  const data = properties?.correlationData;
  return {
    cmd: 'publish',
    topic,
    payload: asBuffer(payload),
    qos,
    retain,
    messageId,
    properties: data === undefined ? properties : { ...properties, correlationData: asBuffer(data) },
  };
}

function problemOf(message: MqttOut, version: Version): string | undefined {
  if (typeof message !== 'object' || message === null) return 'it is not an object with cmd';
  const { cmd, properties } = message;
  if (cmd !== 'publish' && cmd !== 'subscribe' && cmd !== 'unsubscribe')
    return 'its cmd is neither publish nor subscribe nor unsubscribe';
  if (version === 4 && properties !== undefined) return 'properties need version 5';
  return problemOfContent(message, version) ?? problemOfProperties(cmd, properties);
}

function problemOfContent(message: MqttOut, version: Version): string | undefined {
  if (message.cmd === 'publish') return problemOfPublish(message);
  if (message.cmd === 'subscribe') return problemOfSubscribe(message, version);
  return problemOfList(message.unsubscriptions, 'unsubscriptions', problemOfFilter);
}

function problemOfPublish({ topic, payload, qos = 0, retain = false }: MqttPublish): string | undefined {
  if (!isText(topic)) return `its topic is no text of 1 to ${longestText} bytes without NUL`;
  if (/[+#]/.test(topic)) return 'its topic has a wildcard (+ or #)';
  if (typeof payload !== 'string' && bytesOf(payload) === undefined)
    return `its payload: ${neitherTextNorBytes(payload)}`;
  if (typeof retain !== 'boolean') return 'its retain is neither true nor false';
  return problemOfQoS(qos);
}

function problemOfSubscribe({ subscriptions }: MqttSubscribe, version: Version): string | undefined {
  return problemOfList(subscriptions, 'subscriptions', (each: MqttSubscription) => {
    const { topic, qos, nl, rap, rh } = Object(each) as MqttSubscription;
    if (version === 4 && (nl ?? rap ?? rh) !== undefined) return 'nl, rap and rh need version 5';
    if (![nl, rap].every((flag) => flag === undefined || typeof flag === 'boolean'))
      return 'nl or rap of a subscription is neither true nor false';
    if (![undefined, 0, 1, 2].includes(rh)) return 'rh of a subscription is not 0, 1 or 2';
    return problemOfFilter(topic) ?? problemOfQoS(qos);
  });
}

function problemOfList<Item>(
  list: readonly Item[],
  name: string,
  problemOfItem: (item: Item) => string | undefined,
): string | undefined {
  if (!Array.isArray(list) || list.length === 0) return `its ${name} are no list with an entry`;
  return list.map(problemOfItem).find((problem) => problem !== undefined);
}

/** Wildcards stand for whole levels, and `#` is the last one. */
export function problemOfFilter(filter: string): string | undefined {
  if (!isText(filter)) return `a topic filter is no text of 1 to ${longestText} bytes without NUL`;
  const levels = filter.split('/');
  const holds = levels.every(
    (level, at) => !/[+#]/.test(level) || level === '+' || (level === '#' && at === levels.length - 1),
  );
  return holds ? undefined : 'a topic filter has + within a level, or # before its end';
}

function problemOfQoS(qos: unknown): string | undefined {
  return [0, 1, 2].includes(qos as number) ? undefined : 'its qos is not 0, 1 or 2';
}

function lengthOf(message: MqttOut): number {
  if (message.cmd === 'publish') return utf8Length(message.topic) + bytesIn(message.payload);
  const topics =
    message.cmd === 'subscribe' ? message.subscriptions.map(({ topic }) => topic) : message.unsubscriptions;
  return topics.reduce((sum, topic) => sum + utf8Length(topic), 0);
}

function bytesIn(payload: string | Uint8Array): number {
  return typeof payload === 'string' ? utf8Length(payload) : payload.byteLength;
}
