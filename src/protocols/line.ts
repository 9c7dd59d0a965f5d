/** Lines of text, as typed into netcat and as sent by many devices. */
import { objectOf } from '../base/options.ts';
import type { Decoder, Dialogue, FrameSink, StatelessProtocol, Violation } from '../ports/protocol.ts';
import { ByteAccumulator } from './byte-accumulator.ts';
import { isSharedHeartbeat, pingFrame, pongFrame } from './heartbeats.ts';
import { encodeLine, isPlainText, type LineWire, newline, problemOf } from './line-wire.ts';
import { limitRequirement, requireAll } from './options.ts';
import { tooBig } from './refusals.ts';
import { type EncodingName, encodings } from './text-encoding.ts';

export interface LineOptions {
  /** The line of a ping, without its delimiter. @default 'PING' */
  readonly ping?: string;
  /** The line of a pong, without its delimiter. @default 'PONG' */
  readonly pong?: string;
  /** Limit of one line in bytes before its delimiter, a carriage return before a newline included. @default 65536 */
  readonly maxMessageBytes?: number;
  /**
   * Ends each line, in both directions: text of 1 to 8 bytes, such as `'\r\n'`, `'\r'` or `'\0'`. With the default, and
   * with no other, a carriage return before it belongs to the line break as well.
   *
   * @default '\n'
   */
  readonly delimiter?: string;
  /** `latin1` is ISO 8859-1: each byte is a character. @default 'utf8' */
  readonly encoding?: EncodingName;
}

const carriageReturn = 0x0d;
const maxDelimiterBytes = 8;
const token = 'text of one line in its encoding within maxMessageBytes, not empty';

/**
 * Text messages, each a line without its delimiter. The dialling side probes; the accepting side listens and
 * answers.
 *
 * @remarks
 * A carriage return before a newline belongs to the line break, as telnet and Windows send it; outgoing lines
 * end with a newline alone. An incoming line ends the connection as soon as its length, without the delimiter, is over the
 * limit for certain, whether a delimiter follows or not, and a line that is not UTF-8 when it is complete. An outgoing
 * message is refused if it contains the delimiter, ends with a carriage return before a newline or with another part of the
 * delimiter that would end it early, has a character outside of the encoding, exceeds the limit or equals a heartbeat.
 */
export function line(options: LineOptions = {}): StatelessProtocol<string, string> {
  const { maxMessageBytes = 64 * 1024, delimiter = newline, encoding = 'utf8' } = objectOf('line', options);
  const { ping = 'PING', pong = 'PONG' } = options;
  checkOptions(options, { ping, pong, maxMessageBytes, delimiter, encoding });
  const text = encodings[encoding];
  const wire: LineWire = {
    limit: maxMessageBytes,
    text,
    delimiter,
    end: text.encode(delimiter),
    heartbeats: new Map([
      [ping, pingFrame],
      [pong, pongFrame],
    ]),
    ping: text.encode(ping + delimiter),
    pong: text.encode(pong + delimiter),
  };
  return {
    name: 'line',
    identity: `line ${JSON.stringify([maxMessageBytes, ping, pong, delimiter, encoding])}`,
    modes: { dial: 'probe', accept: 'listen' },
    standby: 'ping',
    takesCredentials: false,
    open: () => new LineDialogue(wire),
    encode: (message) => encodeLine(message, wire),
  };
}

/** Tokens are checked against the defaults where the other options are wrong: those have errors of their own. */
function checkOptions(
  options: LineOptions,
  { ping, pong, maxMessageBytes, delimiter, encoding }: Required<LineOptions>,
): void {
  const isEncoding = Object.hasOwn(encodings, encoding);
  const text = encodings[isEncoding ? encoding : 'utf8'];
  const isDelimiter = isPlainText(delimiter, text) && text.length(delimiter) <= maxDelimiterBytes;
  const format = {
    text,
    delimiter: isDelimiter ? delimiter : newline,
    limit: maxMessageBytes >= 1 ? maxMessageBytes : Number.POSITIVE_INFINITY,
  };
  const isToken = (each: string) => isPlainText(each, text) && problemOf(each, format) === undefined;
  requireAll('line', options, [
    limitRequirement(maxMessageBytes),
    ['delimiter', delimiter, isDelimiter, `text of 1 to ${maxDelimiterBytes} bytes in its encoding`],
    ['encoding', encoding, isEncoding, 'utf8 or latin1'],
    ['ping', ping, isToken(ping), token],
    ['pong', pong, isToken(pong) && pong !== ping, `${token}, other than ping`],
  ]);
}

class LineDialogue implements Dialogue, Decoder<unknown, Uint8Array> {
  readonly #wire: LineWire;
  /** The start of a line, and of its delimiter where a chunk ended in it. */
  #pending: ByteAccumulator | undefined;

  constructor(wire: LineWire) {
    this.#wire = wire;
  }

  get decoder(): this {
    return this;
  }

  encode(message: unknown): Uint8Array {
    return encodeLine(message, this.#wire);
  }

  ping(): Uint8Array {
    return this.#wire.ping;
  }

  pong(): Uint8Array {
    return this.#wire.pong;
  }

  isHeartbeat(frame: unknown) {
    return isSharedHeartbeat(frame);
  }

  get midFrame(): boolean {
    return this.#pending !== undefined;
  }

  push(chunk: Uint8Array, sink: FrameSink<unknown>): Violation | undefined {
    const { end } = this.#wire;
    const last = end[end.length - 1] as number;
    let from = 0;
    for (let at = chunk.indexOf(last); at !== -1; at = chunk.indexOf(last, at + 1)) {
      if (end.length > 1 && !this.#isEnd(chunk, from, at)) continue;
      const violation = this.#finish(chunk, from, at + 1, sink);
      if (violation !== undefined) return violation;
      from = at + 1;
    }
    return from < chunk.length ? this.#keep(chunk.subarray(from)) : undefined;
  }

  /** Whether the byte at `at` completes a delimiter, which began in this line, here or in an earlier chunk. */
  #isEnd(chunk: Uint8Array, from: number, at: number): boolean {
    const { end } = this.#wire;
    const start = at + 1 - end.length;
    const earlier = start < from ? this.#pending?.bytes() : undefined;
    return end.every((byte, index) => {
      const place = start + index;
      return byte === (place < from ? earlier?.at(place - from) : chunk[place]);
    });
  }

  /** `to`: the offset after the delimiter. */
  #finish(chunk: Uint8Array, from: number, to: number, sink: FrameSink<unknown>): Violation | undefined {
    const { limit, end, heartbeats } = this.#wire;
    if (this.#lengthWith(to - from) > limit + end.length) return tooBig(limit);
    const text = this.#textOf(chunk, from, to);
    this.#pending = undefined;
    if (text === undefined) return { reason: 'protocol-error', detail: 'a line that is not UTF-8' };
    sink.frame(heartbeats.get(text) ?? text);
    return undefined;
  }

  /** The text of a complete line without its line break; `undefined` when it is not UTF-8. */
  #textOf(chunk: Uint8Array, from: number, to: number): string | undefined {
    const { text, end, delimiter } = this.#wire;
    this.#pending?.append(chunk.subarray(from, to));
    const bytes = this.#pending?.bytes() ?? chunk;
    const start = bytes === chunk ? from : 0;
    let stop = (bytes === chunk ? to : bytes.length) - end.length;
    if (delimiter === newline && stop > start && bytes[stop - 1] === carriageReturn) stop--;
    return text.decode(bytes.subarray(start, stop));
  }

  /** All of the pending bytes but the start of a delimiter belong to the line. */
  #keep(part: Uint8Array): Violation | undefined {
    const { limit, end } = this.#wire;
    if (this.#lengthWith(part.length) >= limit + end.length) return tooBig(limit);
    this.#pending ??= new ByteAccumulator(limit + end.length);
    this.#pending.append(part);
    return undefined;
  }

  #lengthWith(more: number): number {
    return (this.#pending?.length ?? 0) + more;
  }
}
