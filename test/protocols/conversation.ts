/** A dialogue without a connection: what it is told, what it writes, what its decoder finds, and its handshake with a script. */
import {
  type Agreement,
  type Credentials,
  type Dialogue,
  type HandshakeIo,
  isRefused,
  type Protocol,
  type Violation,
} from '../../src/ports/protocol.ts';
import type { WebSocketChunk } from '../../src/ports/websocket-chunk.ts';
import { lend } from '../../src/testing/contract/chunks.ts';
import { scriptedAbout } from '../../src/testing/dialogue.ts';

export interface Circumstances {
  readonly url?: string;
  readonly side?: 'dial' | 'accept';
  readonly credentials?: Credentials | undefined;
  readonly previous?: unknown;
  readonly interval?: number | null;
  readonly condemnAfter?: number;
}

/** What a handshake agreed to, or the failure of its refusal or of the decoder. */
export type Outcome = Agreement & Partial<Violation>;

type Speakable<Out, Chunk> = Pick<Protocol<unknown, Out, Chunk>, 'open' | 'carrier'>;

/** Chunks of bytes may be given as text. Members that tests use most stay bound to it. */
export class Conversation<Out, Chunk extends WebSocketChunk = Uint8Array, Written = Chunk> {
  readonly dialogue: Dialogue<Out, Chunk>;
  /** Chunks that it wrote by itself, as `read` shows them. */
  readonly written: Written[] = [];
  readonly warnings: string[] = [];
  /** All frames that the handshake did not take. */
  readonly frames: unknown[] = [];
  /** Heartbeats of the peer, as the dialogue recognises them. */
  readonly heartbeats: unknown[] = [];
  readonly #isText: boolean;
  readonly #io: HandshakeIo;
  readonly #abort = new AbortController();
  #answers: (Chunk | string)[] = [];
  #take: ((frame: unknown) => void) | undefined;
  #violated: ((violation: Violation) => void) | undefined;

  constructor(
    protocol: Speakable<Out, Chunk>,
    { url, side = 'dial', credentials, previous, ...heartbeat }: Circumstances = {},
    read: (chunk: Chunk) => Written = (chunk) => chunk as unknown as Written,
  ) {
    const write = (chunk: unknown) => {
      this.written.push(read(chunk as Chunk));
      const answer = this.#answers.shift();
      if (answer !== undefined) setImmediate(() => this.hear(answer));
    };
    const about = scriptedAbout({
      side,
      ...(url !== undefined && { url: new URL(url) }),
      policy: { heartbeat: { interval: 10_000, condemnAfter: 10_000, ...heartbeat } },
      previous,
      write,
      warn: (detail) => void this.warnings.push(detail),
    });
    this.#isText = protocol.carrier === 'messages';
    this.dialogue = protocol.open(about);
    this.#io = {
      ...about,
      credentials,
      send: (message) => write(this.dialogue.encode(message as Out)),
      receive: () => this.#receive(),
      signal: this.#abort.signal,
    };
  }

  /** Frames of the user. */
  get messages(): readonly unknown[] {
    const { dialogue } = this;
    return this.frames.filter((frame) => !(dialogue.isHeartbeat(frame) || dialogue.isInternal?.(frame)));
  }

  /** Feeds the decoder until its first failure. Bytes are overwritten after each push: they were lent. */
  readonly hear = (...chunks: readonly (Chunk | string)[]): Violation | undefined => {
    for (const chunk of chunks) {
      const whole = typeof chunk === 'string' && !this.#isText ? Buffer.from(chunk) : chunk;
      const violation = lend(whole, (lent) => this.dialogue.decoder.push(lent as Chunk, this));
      if (violation === undefined) continue;
      this.#violated?.(violation);
      return violation;
    }
    return undefined;
  };

  /** Runs the handshake; each write is followed by one of `answers`. */
  readonly greet = async (...answers: readonly (Chunk | string)[]): Promise<Outcome> => {
    this.#answers = [...answers];
    const agreed = this.dialogue.handshake?.(this.#io).catch((error: unknown) => {
      if (isRefused(error)) return error.failure;
      throw error;
    });
    const violation = new Promise<Violation>((resolve) => {
      this.#violated = resolve;
    });
    return (await Promise.race([agreed, violation])) ?? {};
  };

  /** The connection ends during the handshake. */
  end(): void {
    this.#abort.abort();
  }

  frame(frame: unknown): void {
    const heartbeat = this.dialogue.isHeartbeat(frame);
    if (heartbeat !== false) this.heartbeats.push(heartbeat);
    const take = this.#take;
    this.#take = undefined;
    if (take === undefined) this.frames.push(frame);
    else take(frame);
  }

  #receive(): Promise<unknown> {
    if (this.frames.length > 0) return Promise.resolve(this.frames.shift());
    return new Promise((resolve) => {
      this.#take = resolve;
    });
  }
}

/** A conversation over bytes: `written` is latin1 text. */
export function speak<Out>(protocol: Speakable<Out, Uint8Array>, circumstances?: Circumstances) {
  return new Conversation(protocol, circumstances, (chunk) => Buffer.from(chunk).toString('latin1'));
}
