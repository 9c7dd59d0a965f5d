/** The first words of MQTT: CONNECT, and what its CONNACK agrees to. */
import { type Agreement, type DialoguePolicy, type HandshakeIo, Refused } from '../../ports/protocol.ts';
import { failureOfPacket } from './codes.ts';
import { loginOf } from './login.ts';
import type { ConnackProperties, MqttAgreed } from './messages.ts';
import type { Settings } from './options.ts';
import { type AnyPacket, asBuffer, encodePacket } from './packets.ts';
import type { Session } from './session.ts';

/** A keepalive is this many intervals: a PINGREQ that is late by half an interval is still in time. */
const intervalsPerKeepalive = 1.5;
const longestKeepalive = 65_535;

/** Sends CONNECT, awaits CONNACK. A refusal is `Refused` with the reason of its code. */
export async function connect(io: HandshakeIo, settings: Settings, session: Session): Promise<Agreement> {
  const keepalive = keepaliveOf(io.policy);
  io.write(connectPacket(settings, session.clientId, keepalive, loginOf(io.credentials)));
  const packet = (await io.receive()) as AnyPacket;
  const { version } = settings;
  if (packet.cmd !== 'connack') {
    const detail = `${packet.cmd.toUpperCase()} before CONNACK`;
    throw new Refused({ reason: 'protocol-error', detail });
  }
  const code = codeOf(packet);
  if (code !== 0) throw new Refused(failureOfPacket(packet, code, version));
  return agreementOf(packet, keepalive, settings, session);
}

export function codeOf(packet: AnyPacket): number {
  return packet.reasonCode ?? ('returnCode' in packet ? packet.returnCode : undefined) ?? 0;
}

/** Seconds. */
export function keepaliveOf({ heartbeat: { interval } }: DialoguePolicy): number {
  return interval === null
    ? 0
    : Math.min(Math.ceil((interval * intervalsPerKeepalive) / 1000), longestKeepalive);
}

function connectPacket(
  { version, clean, will, sessionExpiry, maxMessageBytes }: Settings,
  clientId: string,
  keepalive: number,
  login: object,
): Uint8Array {
  const packet = {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: version,
    // A session to go on with needs a client id.
    clean: clean || clientId === '',
    clientId,
    keepalive,
    ...login,
    ...(will === undefined ? {} : { will: { ...will, payload: asBuffer(will.payload) } }),
    ...(version === 5
      ? { properties: { sessionExpiryInterval: sessionExpiry, maximumPacketSize: maxMessageBytes } }
      : {}),
  };
  try {
    return encodePacket(packet, version);
  } catch (error) {
    const detail = `CONNECT has no encoding: ${error instanceof Error ? error.message : error}`;
    throw new Refused({ reason: 'bad-config', detail, error });
  }
}

function agreementOf(packet: AnyPacket, asked: number, { version }: Settings, session: Session): Agreement {
  const properties = (packet.properties ?? {}) as ConnackProperties;
  session.clientId = properties.assignedClientIdentifier ?? session.clientId;
  const keepalive = properties.serverKeepAlive ?? asked;
  const info: MqttAgreed = {
    version,
    clientId: session.clientId,
    sessionPresent: (packet as { sessionPresent?: boolean }).sessionPresent ?? false,
    keepalive,
    properties,
  };
  return {
    ...(keepalive === 0 ? {} : { speak: (keepalive * 1000) / intervalsPerKeepalive }),
    info,
    resume: session,
  };
}
