/** An incarnation of AMQP 0-9-1: the class Connection, which is channel 0. */

import { ascii } from '../../base/text-coding.ts';
import {
  type About,
  type Agreement,
  type Dialogue,
  type FrameSink,
  type HandshakeIo,
  isRefused,
  type Violation,
} from '../../ports/protocol.ts';
import { loginOf, refused, sendSetup, virtualHostOf } from '../clients.ts';
import { beatFrame, isSharedHeartbeat } from '../heartbeats.ts';
import { badMessage } from '../refusals.ts';
import { utf8Length } from '../utf8.ts';
import { broken, bytesFor, FrameDecoder, heartbeatBytes, idIn, leastFrameBytes } from './frames.ts';
import { checkedFrames } from './outgoing.ts';
import { idOf, Reading } from './reading.ts';
import { failureOfClose } from './reply-codes.ts';
import { startOk } from './start-ok.ts';
import type { AmqpFrame, AmqpOut, AmqpSession } from './types.ts';
import { long, longestShortText, method, short, shortText } from './writing.ts';

/** Options with their defaults. */
export interface Settings {
  readonly name: string | undefined;
  readonly heartbeat: number | undefined;
  readonly setup: readonly AmqpOut[];
  readonly maxFrameBytes: number;
}

const start = idOf(10, 10);
const tune = idOf(10, 30);
const openOk = idOf(10, 41);
const close = idOf(10, 50);
const closeOk = idOf(10, 51);
const blocked = idOf(10, 60);
const unblocked = idOf(10, 61);
const channelOpen = idOf(20, 10);
const channelCloseOk = idOf(20, 41);

const most = 0xffff;
const protocolHeader = /* @__PURE__ */ ascii('AMQP\0\0\x09\x01');

export class AmqpDialogue implements Dialogue<AmqpOut> {
  readonly decoder: FrameDecoder;
  readonly isHeartbeat = isSharedHeartbeat;
  readonly #settings: Settings;
  readonly #about: About;
  /** Channels that this incarnation has opened, and not closed. */
  readonly #channels = new Set<number>();
  #channelMax = most;
  #isOpen = false;
  #awaitsAnswer = false;

  constructor(settings: Settings, about: About) {
    this.#settings = settings;
    this.#about = about;
    this.decoder = new FrameDecoder(settings.maxFrameBytes, (frame, sink) => this.#received(frame, sink));
  }

  /** A frame that waited through a reconnect has lost its channel: the server would end the connection for it. */
  encode(message: AmqpOut): Uint8Array {
    const frames = checkedFrames(message, this.decoder.frameMax);
    const opened = channelsOf(frames, channelOpen);
    for (const { channel } of frames) {
      if (channel > this.#channelMax)
        throw badMessage('amqp', `channel ${channel} is over channel-max (${this.#channelMax})`);
      if (!this.#channels.has(channel) && !opened.includes(channel))
        throw badMessage('amqp', `channel ${channel} was not opened in this incarnation`);
    }
    for (const channel of opened) this.#channels.add(channel);
    for (const channel of channelsOf(frames, channelCloseOk)) this.#channels.delete(channel);
    return bytesFor(frames);
  }

  ping(): Uint8Array {
    return heartbeatBytes;
  }

  /** RabbitMQ closes channels first; an end of stream before its CloseOk would be an unexpected one. */
  get awaitsAnswer(): boolean {
    return this.#awaitsAnswer;
  }

  goodbye(): Uint8Array {
    this.#awaitsAnswer = true;
    return control(method(10, 50, short(200), shortText('goodbye'), short(0), short(0)));
  }

  ended(end: unknown): Violation | undefined {
    return end === undefined
      ? { reason: 'cut-off', detail: 'the stream ended without Connection.Close' }
      : undefined;
  }

  async handshake(io: HandshakeIo): Promise<Agreement> {
    const virtualHost = virtualHostOf(io.url);
    if (utf8Length(virtualHost) > longestShortText)
      throw refused('bad-config', `url: expected a virtual host of at most ${longestShortText} bytes`);
    io.write(protocolHeader);
    const server = await this.#started(io);
    const heartbeat = await this.#tuned(io);
    io.write(control(method(10, 40, shortText(virtualHost), shortText(''), [0])));
    await expected(io, openOk, 'OpenOk');
    sendSetup(io, this.#settings.setup, (message) => this.encode(message));
    const info: AmqpSession = {
      server,
      channelMax: this.#channelMax,
      frameMax: this.decoder.frameMax,
      heartbeat,
    };
    return { ...timesFor(heartbeat * 1000, io.policy.heartbeat.condemnAfter), info };
  }

  async #started(io: HandshakeIo): Promise<AmqpSession['server']> {
    const reading = await expected(io, start, 'Start');
    const version = `${reading.octet()}-${reading.octet()}`;
    if (version !== '0-9') throw refused('protocol-error', `the server speaks AMQP ${version}, expected 0-9`);
    const server = reading.table();
    const mechanisms = reading.longText();
    if (!mechanisms.split(' ').includes('PLAIN'))
      throw refused('bad-config', `the server offers ${mechanisms}, expected PLAIN`);
    const { username, password } = loginOf(io.credentials) ?? { username: 'guest', password: 'guest' };
    // PLAIN parts its fields by NUL.
    if (`${username}${password}`.includes('\0')) throw refused('bad-config', 'credentials: expected no NUL');
    const reply = control(startOk(this.#settings.name, `\0${username}\0${password}`));
    if (reply.length > this.decoder.frameMax)
      throw refused(
        'bad-config',
        `credentials: expected at most ${this.decoder.frameMax} bytes, as maxFrameBytes`,
      );
    io.write(reply);
    return server;
  }

  /** Answers with the lower of both limits; resolves with the seconds between heartbeats. */
  async #tuned(io: HandshakeIo): Promise<number> {
    const reading = await expected(io, tune, 'Tune');
    const channelMax = reading.short();
    const frameMax = reading.long();
    const heartbeat = secondsFor(reading.short(), this.#settings.heartbeat ?? wishedBy(io));
    if (frameMax > 0 && frameMax < leastFrameBytes)
      throw refused(
        'protocol-error',
        `the server's frame-max is ${frameMax}, expected ${leastFrameBytes} or more`,
      );
    this.#channelMax = channelMax || most;
    this.decoder.frameMax = Math.min(frameMax || Infinity, this.#settings.maxFrameBytes);
    io.write(control(method(10, 31, short(channelMax), long(this.decoder.frameMax), short(heartbeat))));
    return heartbeat;
  }

  #received(frame: AmqpFrame, sink: FrameSink<unknown>): Violation | undefined {
    if (frame.channel !== 0) return this.#receivedOfChannel(frame, sink);
    try {
      return frame.type === 'method' ? this.#obey(frame, sink) : broken('content on channel 0');
    } catch (error) {
      if (isRefused(error)) return error.failure;
      throw error;
    }
  }

  #receivedOfChannel(frame: AmqpFrame, sink: FrameSink<unknown>): Violation | undefined {
    if (!this.#isOpen) return broken('a frame of a channel in the handshake');
    if (idIn(frame) === channelCloseOk) this.#channels.delete(frame.channel);
    sink.frame(frame);
    return undefined;
  }

  #obey(frame: AmqpFrame, sink: FrameSink<unknown>): Violation | undefined {
    const reading = new Reading(frame.payload);
    if (reading.id === close) return this.#closed(reading);
    if (reading.id === closeOk && this.#awaitsAnswer) return answered;
    if (!this.#isOpen) {
      // Frames in one piece with OpenOk are no part of the handshake.
      this.#isOpen = reading.id === openOk;
      return sink.frame(reading) as undefined;
    }
    if (reading.id === blocked)
      return sink.frame({ type: 'blocked', reason: reading.shortText() }) as undefined;
    if (reading.id === unblocked) return sink.frame({ type: 'unblocked' }) as undefined;
    return broken('a method on channel 0 that nothing asked for');
  }

  #closed(reading: Reading): Violation {
    const failure = failureOfClose(reading.short(), reading.shortText());
    this.#about.write(control(method(10, 51)));
    return failure;
  }
}

const answered: Violation = { reason: 'closed-by-peer', detail: 'the server answered the goodbye' };

/** The next method, which must be this one: a `Close` ends the incarnation before it gets here. */
async function expected(io: HandshakeIo, id: number, name: string): Promise<Reading> {
  let frame = await io.receive();
  while (frame === beatFrame) frame = await io.receive();
  const reading = frame as Reading;
  if (reading.id === id) return reading;
  throw refused(
    'protocol-error',
    `expected Connection.${name}, got the method ${reading.id >>> 16}.${reading.id & most}`,
  );
}

/** The channels that one of the frames opens, or closes. */
function channelsOf(frames: readonly AmqpFrame[], id: number): readonly number[] {
  return frames.filter((frame) => idIn(frame) === id).map(({ channel }) => channel);
}

function control(payload: Uint8Array): Uint8Array {
  return bytesFor([{ type: 'method', channel: 0, payload }]);
}

/** Seconds that the policy asks for; 0 for none. */
function wishedBy({ policy }: HandshakeIo): number {
  return Math.min(Math.ceil((policy.heartbeat.interval ?? 0) / 1000), most);
}

/** The lower of both; 0 of the server leaves the choice to this side, and 0 of this side means none. */
function secondsFor(proposed: number, wished: number): number {
  return proposed === 0 ? wished : Math.min(proposed, wished);
}

/** `interval` in milliseconds, 0 for none. The peer is dead after two intervals, and not before (section 4.2.7). */
function timesFor(interval: number, condemnAfter: number): Pick<Agreement, 'speak' | 'hear'> {
  if (interval === 0) return { speak: null, hear: null };
  return { speak: interval / 2, hear: Math.max(1.5 * interval, 2 * interval - condemnAfter) };
}
