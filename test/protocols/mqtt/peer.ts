/** A scripted server of MQTT, and a dialogue that talks to it: bytes go between them at once. */
import { generate, type Packet, parser } from 'mqtt-packet';
import { expect } from 'vitest';
import type { ExitReason } from '../../../src/policy/exits.ts';
import type { About, Agreement, Credentials, Dialogue } from '../../../src/ports/protocol.ts';
import type { MqttOut, Version } from '../../../src/protocols/mqtt/messages.ts';
import { mqtt } from '../../../src/protocols/mqtt/mqtt.ts';
import type { MqttOptions } from '../../../src/protocols/mqtt/options.ts';

/** A packet as mqtt-packet writes it, with defaults. */
export function packet(fields: object, version: Version = 4): Uint8Array {
  return generate(fields as Packet, { protocolVersion: version });
}

export function connack(fields: object = {}, version: Version = 4): Uint8Array {
  return packet({ cmd: 'connack', returnCode: 0, reasonCode: 0, sessionPresent: false, ...fields }, version);
}

export interface ExchangeOptions extends MqttOptions {
  readonly previous?: unknown;
  readonly interval?: number | null;
  readonly credentials?: Credentials;
  /** Takes what the dialogue warns of. */
  readonly warnings?: string[];
}

/** One incarnation. */
export class Exchange {
  /** Packets that the server was sent, oldest first. */
  readonly sent: Packet[] = [];
  /** What the user, and the supervisor, got. */
  readonly frames: unknown[] = [];
  readonly dialogue: Dialogue<MqttOut>;
  readonly #version: Version;
  readonly #about: About;
  readonly #server: { parse(bytes: Uint8Array): unknown };
  readonly #credentials: Credentials | undefined;
  #arrived: ((frame: unknown) => void) | undefined;
  #before = 0;

  constructor({ previous, interval = 10_000, credentials, warnings, ...options }: ExchangeOptions = {}) {
    this.#version = options.version ?? 4;
    this.#credentials = credentials;
    const server = parser({ protocolVersion: this.#version });
    server.on('packet', (received) => this.sent.push(received));
    server.on('error', (error) => {
      throw error;
    });
    this.#server = server as unknown as { parse(bytes: Uint8Array): unknown };
    this.#about = {
      side: 'dial',
      url: new URL('mqtt://broker.example'),
      policy: { heartbeat: { interval, condemnAfter: 10_000 } },
      previous,
      write: (chunk) => this.#transmit(chunk as Uint8Array),
      warn: (detail) => void warnings?.push(detail),
    };
    this.dialogue = mqtt(options).open(this.#about);
  }

  /** Runs the handshake; `answer`: what the server says to CONNECT. */
  async connect(answer: Uint8Array = connack({}, this.#version)): Promise<Agreement> {
    const frame = new Promise<unknown>((resolve) => {
      this.#arrived = resolve;
    });
    const done = this.dialogue.handshake?.({
      ...this.#about,
      credentials: this.#credentials,
      send: () => expect.unreachable('encodes as a message of the user'),
      receive: () => frame,
      signal: new AbortController().signal,
    });
    expect(this.receive(answer)).toBeUndefined();
    this.#before = this.frames.length;
    return ((await done) ?? {}) as Agreement;
  }

  /** Bytes of the server. */
  receive(...chunks: readonly Uint8Array[]) {
    for (const chunk of chunks) {
      const violation = this.dialogue.decoder.push(chunk, {
        frame: (frame) => {
          this.frames.push(frame);
          this.#arrived?.(frame);
        },
      });
      if (violation !== undefined) return violation;
    }
    return undefined;
  }

  /** A packet of the server. */
  says(fields: object) {
    return this.receive(packet(fields, this.#version));
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

  /** What the user got since the CONNACK. */
  get messages(): unknown[] {
    const { dialogue } = this;
    return this.frames
      .slice(this.#before)
      .filter((frame) => !dialogue.isHeartbeat(frame) && !dialogue.isInternal?.(frame));
  }

  /** Numbers that were confirmed, in order. */
  get confirmed(): number[] {
    return this.frames.flatMap((frame) => this.dialogue.acknowledges?.(frame) ?? []);
  }

  #transmit(chunk: Uint8Array): void {
    if (chunk.length > 0) this.#server.parse(Buffer.from(chunk));
  }
}
