/** A scripted server of MQTT, and a dialogue that talks to it: bytes go between them at once. */
import { generate, type Packet, parser } from 'mqtt-packet';
import type { ExitReason } from '../../../src/policy/exits.ts';
import type { MqttOut, Version } from '../../../src/protocols/mqtt/messages.ts';
import { mqtt } from '../../../src/protocols/mqtt/mqtt.ts';
import type { MqttOptions } from '../../../src/protocols/mqtt/options.ts';
import { type Circumstances, Conversation, type Outcome } from '../conversation.ts';

/** A packet as mqtt-packet writes it, with defaults. */
export function packet(fields: object, version: Version = 4): Uint8Array {
  return generate(fields as Packet, { protocolVersion: version });
}

export function connack(fields: object = {}, version: Version = 4): Uint8Array {
  return packet({ cmd: 'connack', returnCode: 0, reasonCode: 0, sessionPresent: false, ...fields }, version);
}

export type ExchangeOptions = MqttOptions & Pick<Circumstances, 'previous' | 'interval' | 'credentials'>;

/** One incarnation. */
export class Exchange extends Conversation<MqttOut> {
  /** Packets that the server was sent, oldest first. */
  readonly sent: Packet[];
  readonly #version: Version;
  readonly #transmit: (chunk: Uint8Array) => void;

  constructor({ previous, interval = 10_000, credentials, ...options }: ExchangeOptions = {}) {
    const { version = 4 } = options;
    const sent: Packet[] = [];
    const server = parser({ protocolVersion: version });
    server.on('packet', (received) => sent.push(received));
    server.on('error', (error) => {
      throw error;
    });
    const transmit = (chunk: Uint8Array) => {
      if (chunk.length > 0) server.parse(Buffer.from(chunk));
      return chunk;
    };
    super(mqtt(options), { previous, interval, credentials }, transmit);
    this.sent = sent;
    this.#version = version;
    this.#transmit = transmit;
  }

  /** Runs the handshake; `answer`: what the server says to CONNECT. */
  connect(answer: Uint8Array = connack({}, this.#version)): Promise<Outcome> {
    const outcome = this.greet();
    this.hear(answer);
    return outcome;
  }

  /** A packet of the server. */
  says(fields: object) {
    return this.hear(packet(fields, this.#version));
  }

  /** A message of the user leaves. */
  send(message: MqttOut): void {
    this.#transmit(this.dialogue.encode(message));
  }

  ping(): void {
    this.#transmit(this.dialogue.ping?.(1) as Uint8Array);
  }

  farewell(why: ExitReason): void {
    this.#transmit(this.dialogue.goodbye?.(why) as Uint8Array);
  }

  /** Packets since CONNECT, by the fields that tests look at. */
  get log(): object[] {
    return this.sent.slice(1).map(({ cmd, messageId, ...rest }) => {
      const { dup, reasonCode } = rest as { dup?: boolean; reasonCode?: number };
      return { cmd, ...(messageId && { messageId }), ...(dup && { dup }), ...(reasonCode && { reasonCode }) };
    });
  }

  /** Numbers that were confirmed, in order. */
  get confirmed(): number[] {
    return this.frames.flatMap((frame) => this.dialogue.acknowledges?.(frame) ?? []);
  }
}
