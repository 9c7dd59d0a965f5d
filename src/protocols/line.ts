/** Lines of UTF-8 text, as typed into netcat and as sent by many devices. */
import type {
  Decoder,
  Dialogue,
  FrameSink,
  Heartbeat,
  StatelessProtocol,
  Violation,
} from '../ports/protocol.ts';
import { ByteAccumulator } from './byte-accumulator.ts';
import { isSharedHeartbeat, pingFrame, pongFrame } from './heartbeats.ts';
import { isTextToken, limitRequirement, requireAll } from './options.ts';
import { badMessage, tooBig, tooLong } from './refusals.ts';
import { encoder, isOver, strictDecoder, utf8Length } from './utf8.ts';

export interface LineOptions {
  /** The line of a ping, without its newline. @default 'PING' */
  readonly ping?: string;
  /** The line of a pong, without its newline. @default 'PONG' */
  readonly pong?: string;
  /** Limit of one line in bytes before its newline, a carriage return included. @default 65536 */
  readonly maxMessageBytes?: number;
}

const newline = 0x0a;
const carriageReturn = 0x0d;

/** Text that arrives unchanged: without line breaks, and without half a surrogate pair. */
const tokenPattern = /^[^\r\n\p{Surrogate}]+$/u;
const tokenExpectation = 'text of one line within maxMessageBytes, not empty';

/**
 * Text messages, each a line without its newline. The dialling side probes; the accepting side listens and
 * answers.
 *
 * @remarks
 * A carriage return before a newline belongs to the line break, as telnet and Windows send it; outgoing lines
 * end with a newline alone. An incoming line over the limit ends the connection as soon as the limit is passed,
 * newline or not, and a line that is not UTF-8 when it is complete. An outgoing message is refused if it
 * contains a newline, ends with a carriage return, exceeds the limit or equals a heartbeat.
 */
export function line({
  ping = 'PING',
  pong = 'PONG',
  maxMessageBytes = 64 * 1024,
}: LineOptions = {}): StatelessProtocol<string, string> {
  const heartbeats: ReadonlyMap<unknown, Heartbeat> = new Map([
    [ping, pingFrame],
    [pong, pongFrame],
  ]);
  requireAll('line', [
    limitRequirement(maxMessageBytes),
    ['ping', ping, isToken(ping, maxMessageBytes), tokenExpectation],
    ['pong', pong, isToken(pong, maxMessageBytes) && pong !== ping, `${tokenExpectation}, other than ping`],
  ]);
  const wire: Wire = {
    limit: maxMessageBytes,
    heartbeats,
    ping: encoder.encode(`${ping}\n`),
    pong: encoder.encode(`${pong}\n`),
  };
  return {
    name: 'line',
    identity: `line ${maxMessageBytes} ${ping} ${pong}`,
    modes: { dial: 'probe', accept: 'listen' },
    takesCredentials: false,
    open: () => new LineDialogue(wire),
    encode: (message) => encode(message, wire),
  };
}

/** What all dialogues of one protocol share. */
interface Wire {
  readonly limit: number;
  readonly heartbeats: ReadonlyMap<unknown, Heartbeat>;
  readonly ping: Uint8Array;
  readonly pong: Uint8Array;
}

class LineDialogue implements Dialogue, Decoder<unknown, Uint8Array> {
  readonly #wire: Wire;
  #pending: ByteAccumulator | undefined;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  get decoder(): this {
    return this;
  }

  encode(message: unknown): Uint8Array {
    return encode(message, this.#wire);
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
    let from = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, from)) {
      const violation = this.#finish(chunk.subarray(from, end), sink);
      if (violation !== undefined) return violation;
      from = end + 1;
    }
    return from < chunk.length ? this.#keep(chunk.subarray(from)) : undefined;
  }

  #finish(rest: Uint8Array, sink: FrameSink<unknown>): Violation | undefined {
    if (this.#exceedsWith(rest)) return tooBig(this.#wire.limit);
    this.#pending?.append(rest);
    const text = textOf(this.#pending?.bytes() ?? rest);
    this.#pending = undefined;
    if (text === undefined) return { reason: 'protocol-error', detail: 'a line that is not UTF-8' };
    sink.frame(this.#wire.heartbeats.get(text) ?? text);
    return undefined;
  }

  #keep(part: Uint8Array): Violation | undefined {
    if (this.#exceedsWith(part)) return tooBig(this.#wire.limit);
    this.#pending ??= new ByteAccumulator(this.#wire.limit);
    this.#pending.append(part);
    return undefined;
  }

  #exceedsWith(part: Uint8Array): boolean {
    return (this.#pending?.length ?? 0) + part.length > this.#wire.limit;
  }
}

/** The text of a line without its line break; `undefined` when it is not UTF-8. */
function textOf(bytes: Uint8Array): string | undefined {
  const end = bytes.at(-1) === carriageReturn ? bytes.length - 1 : bytes.length;
  try {
    return strictDecoder.decode(bytes.subarray(0, end));
  } catch {
    return undefined;
  }
}

function isToken(token: unknown, limit: number): boolean {
  return isTextToken(token, limit) && tokenPattern.test(token);
}

function encode(message: unknown, wire: Wire): Uint8Array {
  const problem = problemOf(message, wire);
  if (problem !== undefined) throw badMessage('line', problem);
  return encoder.encode(`${message}\n`);
}

function problemOf(message: unknown, { limit, heartbeats }: Wire): string | undefined {
  if (typeof message !== 'string') return 'it is not text';
  if (isOver(message, limit)) return tooLong(utf8Length(message), limit);
  if (message.includes('\n')) return 'it contains a newline';
  if (message.endsWith('\r'))
    return 'it ends with a carriage return, which the receiver takes for part of the line break';
  if (heartbeats.has(message)) return 'it equals a heartbeat (ping or pong)';
  return undefined;
}
