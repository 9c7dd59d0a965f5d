/** STOMP 1.2: heart-beats as negotiated, receipts, and ERROR as the reason of an exit. */

import { objectOf } from '../../base/options.ts';
import { ascii, encoder } from '../../base/text-coding.ts';
import type { Agreement, Dialogue, HandshakeIo, Protocol, Violation } from '../../ports/protocol.ts';
import { endOfStream, isSetup, loginOf, refused, requireDial, sendSetup, virtualHostOf } from '../clients.ts';
import { isSharedHeartbeat } from '../heartbeats.ts';
import { defaultMaxMessageBytes, limitRequirement, requireAll } from '../options.ts';
import { StompDecoder } from './decoder.ts';
import { bytesFor, headOf, layoutOf, sizeOf } from './encode.ts';
import type { StompHeaders, StompIn, StompOut, StompSession } from './types.ts';

/** Options of `stomp`. */
export interface StompOptions {
  /** The header `host`, a virtual host of the broker. Default: the path of the URL without its first slash, or else `/`. */
  readonly host?: string;
  /**
   * Milliseconds of the header `heart-beat`: how often this side sends, and wants to hear the server; 0 for never. Default:
   * `heartbeat.interval` for both.
   */
  readonly heartBeat?: readonly [sends: number, receives: number];
  /** True: each frame asks for a receipt, and `confirmed` of its delivery settles with that. @default false */
  readonly receipts?: boolean;
  /** Frames of each handshake, such as SUBSCRIBE, which thus outlive a reconnect; without receipts of the option. @default [] */
  readonly setup?: readonly StompOut[];
  /** More headers of CONNECT, such as `client-id`. */
  readonly connectHeaders?: StompHeaders;
  /** Limit of one frame in bytes, in both directions. @default 16777216 (16 MiB) */
  readonly maxMessageBytes?: number;
}

const schemes = {
  stomp: { over: 'tcp', port: 61_613 },
  stomps: { over: 'tls', port: 61_614 },
} as const;

/** Headers of CONNECT that have an option, or a meaning, of their own. */
const ownHeaders = ['accept-version', 'content-length', 'heart-beat', 'host', 'login', 'passcode'];

const beatBytes = /* @__PURE__ */ ascii('\n');
const disconnectBytes = /* @__PURE__ */ ascii('DISCONNECT\n\n\0');

/** Receipts of the dialogue begin so; those of the user's frames are messages. */
const receiptPrefix = 'holdfast-';

/**
 * STOMP 1.2, as far as a connection is supervised: frames in and out, and heart-beats as both sides agree, `0,0` included.
 * No replacement for a client: only subscriptions of `setup` are renewed, transactions and acknowledgements not followed.
 *
 * @remarks
 * Credentials: `handshake: { username, password }` for `login` and `passcode`, or a text for `passcode` alone; user and
 * password of the URL are the same. `connection.agreed` is a `StompSession`. A graceful end begins with DISCONNECT.
 *
 * This side sends at half of the agreed time, as RabbitMQ does, and suspects the server after twice its own. Without
 * heart-beats of the server its silence says nothing.
 *
 * An ERROR ends the incarnation: `unauthorized` when its text is about credentials or access, `protocol-error` when about
 * versions, else `going-away`, with the header `message` as `code`. So is an end of stream `going-away`.
 */
export function stomp(options: StompOptions = {}): Protocol<StompIn, StompOut, Uint8Array, StompSession> {
  const {
    host,
    heartBeat,
    receipts = false,
    connectHeaders = {},
    setup = [],
    maxMessageBytes = defaultMaxMessageBytes,
  } = objectOf('stomp', options);
  const measure = (message: StompOut) => sizeOf(layoutOf(message, maxMessageBytes, receipts));
  requireAll('stomp', options, [
    ['host', host, host === undefined || isPlain(host), 'text without line breaks'],
    [
      'heartBeat',
      heartBeat,
      heartBeat === undefined || areTimes(heartBeat),
      'two whole numbers of milliseconds from 0',
    ],
    ['receipts', receipts, typeof receipts === 'boolean', 'true or false'],
    [
      'connectHeaders',
      connectHeaders,
      areHeaders(connectHeaders) && !ownHeaders.some((name) => Object.hasOwn(connectHeaders, name)),
      `an object of texts without line breaks, and without ${ownHeaders.join(', ')}`,
    ],
    ['setup', setup, isSetup(setup, measure), 'a list of frames that STOMP carries'],
    limitRequirement(maxMessageBytes),
  ]);
  return {
    name: 'stomp',
    identity: JSON.stringify(['stomp', host, heartBeat, receipts, connectHeaders, setup, maxMessageBytes]),
    modes: { dial: 'exchange', accept: null },
    schemes,
    open(about) {
      requireDial('stomp', about);
      const dialogue = new StompDialogue(options, maxMessageBytes);
      return receipts ? withReceipts(dialogue, maxMessageBytes) : dialogue;
    },
    measure,
  };
}

class StompDialogue implements Dialogue<StompOut> {
  readonly decoder: StompDecoder;
  readonly isHeartbeat = isSharedHeartbeat;
  readonly #options: StompOptions;
  readonly #limit: number;

  constructor(options: StompOptions, limit: number) {
    this.#options = options;
    this.#limit = limit;
    this.decoder = new StompDecoder(limit);
  }

  encode(message: StompOut): Uint8Array {
    return bytesFor(layoutOf(message, this.#limit, false));
  }

  ping(): Uint8Array {
    return beatBytes;
  }

  async handshake(io: HandshakeIo): Promise<Agreement> {
    const { interval } = io.policy.heartbeat;
    const [sends, receives] = this.#options.heartBeat ?? [interval ?? 0, interval ?? 0];
    const headers = { ...this.#connectHeaders(io), 'heart-beat': `${sends},${receives}` };
    io.write(encoder().encode(`${headOf('CONNECT', headers, (text) => text)}\n\0`));
    const session = await connected(io);
    const [serverSends, serverWants] = timesIn(session);
    sendSetup(io, this.#options.setup ?? [], (message) => this.encode(message));
    const speaks = agreed(sends, serverWants);
    const hears = agreed(receives, serverSends);
    return {
      speak: speaks && Math.ceil(speaks / 2),
      hear: hears && hears * 2,
      info: { headers: session, sends: speaks, receives: hears } satisfies StompSession,
    };
  }

  goodbye(): Uint8Array {
    return disconnectBytes;
  }

  ended(): Violation {
    return endOfStream;
  }

  #connectHeaders({ url, credentials }: HandshakeIo): StompHeaders {
    const { host = virtualHostOf(url), connectHeaders } = this.#options;
    const login = loginOf(credentials);
    const secret = login && { login: login.username, passcode: login.password };
    if (secret !== undefined && !areHeaders(secret))
      throw refused('bad-config', 'credentials: expected no line break');
    if (!isPlain(host)) throw refused('bad-config', 'url: expected a path without line breaks');
    return { ...connectHeaders, 'accept-version': '1.2', host, ...secret };
  }
}

/** The dialogue sets the header `receipt` of each frame to its number, and takes the RECEIPTs of those. */
function withReceipts(dialogue: StompDialogue, limit: number): Dialogue<StompOut> {
  let sent = 0;
  /** The text behind the prefix. */
  const idIn = (frame: unknown): string | undefined => {
    const { command, headers } = frame as StompIn;
    const id = command === 'RECEIPT' ? headers['receipt-id'] : undefined;
    return id?.startsWith(receiptPrefix) ? id.slice(receiptPrefix.length) : undefined;
  };
  const numberIn = (frame: unknown): number | undefined => {
    const id = idIn(frame);
    const number = Number(id);
    return String(number) === id && number >= 1 && number <= sent ? number : undefined;
  };
  return {
    decoder: dialogue.decoder,
    isHeartbeat: isSharedHeartbeat,
    ping: () => dialogue.ping(),
    handshake: (io) => dialogue.handshake(io),
    goodbye: () => dialogue.goodbye(),
    ended: () => dialogue.ended(),
    encode(message) {
      const { head, body } = layoutOf(message, limit, true);
      sent++;
      return bytesFor({ head: `${head}receipt:${receiptPrefix}${sent}\n`, body });
    },
    acknowledges: numberIn,
    isInternal: (frame) => idIn(frame) !== undefined,
  };
}

async function connected(io: HandshakeIo): Promise<StompHeaders> {
  let frame = (await io.receive()) as Partial<Omit<StompIn, 'command'>> & { readonly command?: string };
  while (isSharedHeartbeat(frame)) frame = (await io.receive()) as typeof frame;
  const { command, headers = {} } = frame;
  if (command !== 'CONNECTED') throw refused('protocol-error', `expected CONNECTED, got ${command}`);
  if (headers.version !== '1.2')
    throw refused('protocol-error', `expected version 1.2, got ${headers.version}`);
  return headers;
}

/** `[sends, wants]` of the server. */
function timesIn(headers: StompHeaders): readonly [number, number] {
  const match = /^(\d{1,9}),(\d{1,9})$/.exec(headers['heart-beat'] ?? '0,0');
  if (match === null) throw refused('protocol-error', 'a heart-beat header that is not two numbers');
  return [Number(match[1]), Number(match[2])];
}

/** The longer of both, or never if one side says so. */
function agreed(one: number, other: number): number | null {
  return one === 0 || other === 0 ? null : Math.max(one, other);
}

function areTimes(times: unknown): boolean {
  return (
    Array.isArray(times) &&
    times.length === 2 &&
    times.every((ms) => Number.isInteger(ms) && ms >= 0 && ms < 1e9)
  );
}

/** CONNECT has no escapes. */
function isPlain(text: unknown): boolean {
  return typeof text === 'string' && !/[\r\n\0]/.test(text);
}

function areHeaders(headers: unknown): boolean {
  if (typeof headers !== 'object' || headers === null) return false;
  return Object.entries(headers).every(
    ([name, value]) => isPlain(name) && !/^$|:/.test(name) && isPlain(value),
  );
}
