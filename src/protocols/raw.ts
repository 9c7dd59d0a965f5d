/**
 * Heartbeats on a stream that has no frames. Chunk boundaries carry no meaning, so tokens are searched for
 * across them.
 */
import { bytesOf } from '../base/bytes.ts';
import { objectOf } from '../base/options.ts';
import { encoder } from '../base/text-coding.ts';
import type { Decoder, Dialogue, FrameSink, Heartbeat, StatelessProtocol } from '../ports/protocol.ts';
import { isSharedHeartbeat, pingFrame, pongFrame } from './heartbeats.ts';
import { requireAll } from './options.ts';
import { badMessage, neitherTextNorBytes } from './refusals.ts';

export interface RawOptions {
  /** @default 'ping' */
  readonly ping?: string | Uint8Array;
  /** Neither token may contain the other. @default 'pong' */
  readonly pong?: string | Uint8Array;
}

interface Token {
  readonly bytes: Uint8Array;
  readonly frame: Heartbeat;
}

/** Ping and pong. */
type Tokens = readonly [Token, Token];

/**
 * Bytes without frames, for peers that send little but heartbeats. The dialling side probes; the accepting side
 * listens and answers.
 *
 * @remarks
 * A message is a run of bytes without a token, delivered in the chunks in which it arrived; strings go out as
 * UTF-8. The start of a token at the end of a chunk is held until the next bytes make it a heartbeat or part
 * of a message; if the stream ends there, the connection counts as cut off and the held bytes are not
 * delivered. Messages that are empty or contain a token are refused. A token that two successive messages form
 * together is *not* noticed.
 */
export function raw(options: RawOptions = {}): StatelessProtocol<Uint8Array, Uint8Array | string> {
  const { ping = 'ping', pong = 'pong' } = objectOf('raw', options);
  const pingBytes = tokenBytes(ping);
  const pongBytes = tokenBytes(pong);
  requireAll('raw', options, [
    ['ping', ping, pingBytes.length > 0, 'text or bytes, not empty'],
    ['pong', pong, pongBytes.length > 0, 'text or bytes, not empty'],
    ['pong', pong, !clash(pingBytes, pongBytes), 'a token that neither contains ping nor is contained in it'],
  ]);
  const tokens: Tokens = [
    { bytes: pingBytes, frame: pingFrame },
    { bytes: pongBytes, frame: pongFrame },
  ];
  return {
    name: 'raw',
    identity: `raw ${pingBytes} ${pongBytes}`,
    modes: { dial: 'probe', accept: 'listen' },
    standby: 'ping',
    takesCredentials: false,
    open: () => new RawDialogue(tokens),
    encode: (message) => encode(message, tokens),
  };
}

class RawDialogue implements Dialogue, Decoder<unknown, Uint8Array> {
  readonly #tokens: Tokens;
  #held: Uint8Array | undefined;

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  get decoder(): this {
    return this;
  }

  encode(message: unknown): Uint8Array {
    return encode(message, this.#tokens);
  }

  ping(): Uint8Array {
    return this.#tokens[0].bytes;
  }

  pong(): Uint8Array {
    return this.#tokens[1].bytes;
  }

  isHeartbeat(frame: unknown) {
    return isSharedHeartbeat(frame);
  }

  get midFrame(): boolean {
    return this.#held !== undefined;
  }

  push(chunk: Uint8Array, sink: FrameSink<unknown>): undefined {
    const bytes = this.#held === undefined ? chunk : join(this.#held, chunk);
    let from = 0;
    for (;;) {
      const at = this.#nextToken(bytes, from);
      if (at > from) sink.frame(copy(bytes, from, at));
      const token = this.#tokens.find((candidate) => isAt(bytes, at, candidate.bytes));
      if (token === undefined) {
        this.#held = at < bytes.length ? copy(bytes, at, bytes.length) : undefined;
        return;
      }
      sink.frame(token.frame);
      from = at + token.bytes.length;
    }
  }

  /** The offset of the next token, complete or cut off by the end of `bytes`; without one, that end. */
  #nextToken(bytes: Uint8Array, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      for (const token of this.#tokens) {
        const matched = matchLength(bytes, at, token.bytes);
        if (matched === token.bytes.length || at + matched === bytes.length) return at;
      }
    }
    return bytes.length;
  }
}

function encode(message: unknown, tokens: Tokens): Uint8Array {
  const bytes = typeof message === 'string' ? encoder().encode(message) : bytesOf(message);
  if (bytes === undefined) throw badMessage('raw', neitherTextNorBytes(message));
  if (bytes.length === 0) throw badMessage('raw', 'it is empty');
  if (tokens.some((token) => contains(bytes, token.bytes)))
    throw badMessage('raw', 'it contains a heartbeat (ping or pong)');
  return bytes;
}

/** A copy, since the caller may change its array. Empty for a value that cannot be a token. */
function tokenBytes(token: unknown): Uint8Array {
  if (typeof token === 'string') return encoder().encode(token);
  return token instanceof Uint8Array ? new Uint8Array(token) : new Uint8Array(0);
}

/** The number of leading bytes of `token` found at `at`. */
function matchLength(bytes: Uint8Array, at: number, token: Uint8Array): number {
  let matched = 0;
  while (matched < token.length && at + matched < bytes.length && bytes[at + matched] === token[matched]) {
    matched++;
  }
  return matched;
}

function isAt(bytes: Uint8Array, at: number, token: Uint8Array): boolean {
  return matchLength(bytes, at, token) === token.length;
}

/** Whether a token contains the other: two tokens could then match at overlapping places. */
function clash(ping: Uint8Array, pong: Uint8Array): boolean {
  if (ping.length === 0 || pong.length === 0) return false;
  return contains(ping, pong) || contains(pong, ping);
}

function contains(bytes: Uint8Array, token: Uint8Array): boolean {
  for (let at = 0; at + token.length <= bytes.length; at++) if (isAt(bytes, at, token)) return true;
  return false;
}

function copy(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(bytes.subarray(from, to));
}

function join(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}
