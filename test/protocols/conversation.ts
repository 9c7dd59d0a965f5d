/** A dialogue without a connection: what it is told, what it writes, and what its decoder finds. */
import { expect } from 'vitest';
import type {
  About,
  Agreement,
  Credentials,
  Dialogue,
  HandshakeIo,
  Protocol,
  Violation,
} from '../../src/ports/protocol.ts';
import { isRefused } from '../../src/ports/protocol.ts';
import type { WebSocketChunk } from '../../src/ports/websocket-chunk.ts';
import { lend } from './messages.ts';

interface Circumstances {
  readonly url?: string;
  readonly side?: 'dial' | 'accept';
  readonly credentials?: Credentials;
  readonly previous?: unknown;
}

type Opening<Out> = Pick<Protocol<unknown, Out, WebSocketChunk>, 'open'>;

export class Conversation<Out> {
  readonly dialogue: Dialogue<Out, WebSocketChunk>;
  /** Chunks that it wrote by itself. */
  readonly written: unknown[] = [];
  /** Frames that belong to the user. */
  readonly messages: unknown[] = [];
  /** Heartbeats of the peer, as the dialogue recognises them. */
  readonly heartbeats: unknown[] = [];
  readonly #io: HandshakeIo;
  #arrived: unknown[] = [];
  #wake: (() => void) | undefined;
  #greeting = false;

  constructor(protocol: Opening<Out>, circumstances: Circumstances = {}) {
    const { url = 'ws://api.example/', side = 'dial', credentials, previous } = circumstances;
    const about: About = {
      side,
      url: new URL(url),
      policy: { heartbeat: { interval: 10_000, condemnAfter: 10_000 } },
      previous,
      write: (chunk) => this.written.push(chunk),
      warn: () => {},
    };
    this.dialogue = protocol.open(about);
    this.#io = {
      ...about,
      credentials,
      send: (message) => this.written.push(this.dialogue.encode(message as Out)),
      receive: () => this.#receive(),
      signal: new AbortController().signal,
    };
  }

  /** The handshake, to which frames go until it is done. */
  async greet(): Promise<Agreement | undefined> {
    this.#greeting = true;
    const agreement = (await this.dialogue.handshake?.(this.#io)) ?? undefined;
    this.#greeting = false;
    for (const frame of this.#arrived.splice(0)) this.#deliver(frame);
    return agreement;
  }

  /** Feeds the decoder as a Node transport would, and returns its failure. */
  hear(...chunks: readonly WebSocketChunk[]): Violation | undefined {
    for (const chunk of chunks) {
      const failure = this.dialogue.decoder.push(lend(chunk), { frame: (frame) => this.#deliver(frame) });
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  #deliver(frame: unknown): void {
    const heartbeat = this.dialogue.isHeartbeat(frame);
    if (heartbeat !== false) this.heartbeats.push(heartbeat);
    if (!this.#greeting) return heartbeat === false ? void this.messages.push(frame) : undefined;
    this.#arrived.push(frame);
    this.#wake?.();
  }

  async #receive(): Promise<unknown> {
    while (this.#arrived.length === 0)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    return this.#arrived.shift();
  }
}

/** The failure with which a handshake refuses. */
export async function refusalOf(handshake: Promise<unknown>): Promise<unknown> {
  const error = await handshake.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(isRefused(error)).toBe(true);
  return isRefused(error) && error.failure;
}

/** JSON of 20,000 lists in each other. */
export const deep = '['.repeat(20_000) + ']'.repeat(20_000);
