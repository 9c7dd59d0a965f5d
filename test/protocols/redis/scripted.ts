/** A dialogue of the redis protocol with a scripted server: what it wrote, what it delivered, and answers in RESP. */
import {
  type Agreement,
  type CredentialParts,
  isRefused,
  type Violation,
} from '../../../src/ports/protocol.ts';
import type { RedisMessage, RedisRequest } from '../../../src/protocols/redis/messages.ts';
import { type RedisOptions, redis } from '../../../src/protocols/redis/redis.ts';
import { bytes } from '../decoding.ts';

interface ScriptedOptions extends RedisOptions {
  readonly url?: string;
  readonly credentials?: CredentialParts | string;
}

export class Scripted {
  /** What the user is handed, pongs excluded. */
  readonly delivered: RedisMessage[] = [];
  readonly pongs: (number | undefined)[] = [];
  /** `patience` as the core reads it, with each frame that is no heartbeat. */
  readonly patience: (number | undefined)[] = [];
  violation: Violation | undefined;
  readonly #written: string[] = [];
  readonly #abort = new AbortController();
  readonly #credentials: ScriptedOptions['credentials'];
  readonly #about;
  readonly dialogue;

  constructor({ url = 'redis://cache.example', credentials, ...options }: ScriptedOptions = {}) {
    this.#credentials = credentials;
    this.#about = {
      side: 'dial' as const,
      url: new URL(url),
      policy: { heartbeat: { interval: 10_000, condemnAfter: 10_000 } },
      write: (chunk: unknown) => void this.#written.push(textOf(chunk as Uint8Array)),
      warn: () => {},
    };
    this.dialogue = redis({ ...options, bulk: 'text' }).open(this.#about);
  }

  /** What was written since the last look, each command as its words. */
  get written(): string[] {
    return this.#written.splice(0);
  }

  send(request: RedisRequest): string {
    return textOf(this.dialogue.encode(request));
  }

  ping(id: number): void {
    this.dialogue.ping?.(id);
  }

  /** The server says this. */
  says(...parts: readonly string[]): void {
    const sink = {
      frame: (frame: unknown) => {
        const heartbeat = this.dialogue.isHeartbeat(frame);
        if (heartbeat !== false) return void this.pongs.push(heartbeat.id);
        this.delivered.push(frame as RedisMessage);
        this.patience.push(this.dialogue.patience);
      },
    };
    this.violation = this.dialogue.decoder.push(bytes(...parts), sink);
  }

  /** What was delivered since the last look. */
  get news(): readonly RedisMessage[] {
    return this.delivered.splice(0);
  }

  /** Resolves with the agreement, or with the failure of a refusal. */
  greet(): Promise<Agreement | undefined | Violation> {
    const io = {
      ...this.#about,
      credentials: this.#credentials,
      signal: this.#abort.signal,
      send: () => {},
      receive: () => new Promise<never>(() => {}),
    };
    return Promise.resolve(this.dialogue.handshake?.(io)).then(
      (agreement) => agreement ?? undefined,
      (error) => (isRefused(error) ? error.failure : Promise.reject(error)),
    );
  }

  /** Answers what the handshake writes, a turn at a time: a reply for each command, in its order. */
  async answers(...turns: readonly (readonly string[])[]): Promise<string[]> {
    const asked: string[] = [];
    for (const replies of turns) {
      await settled();
      asked.push(...this.written);
      this.says(...replies);
    }
    await settled();
    return asked;
  }

  end(): void {
    this.#abort.abort();
  }
}

/** The reply to HELLO of a server of version 7. */
export const hello =
  '%7\r\n+server\r\n+redis\r\n+version\r\n+7.0.15\r\n+proto\r\n:3\r\n+id\r\n:5\r\n+mode\r\n+standalone\r\n+role\r\n+master\r\n+modules\r\n*0\r\n';

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The words of commands on the wire, lengths left out. */
function textOf(chunk: Uint8Array): string {
  return new TextDecoder()
    .decode(chunk)
    .replaceAll(/^[*$]\d+\r\n/gm, '')
    .replaceAll('\r\n', ' ')
    .trim();
}
