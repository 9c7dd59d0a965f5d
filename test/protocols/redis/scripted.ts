/** A dialogue of the redis protocol with a scripted server: what it wrote, what it delivered, and answers in RESP. */
import type { Heartbeat, Violation } from '../../../src/ports/protocol.ts';
import type { RedisMessage, RedisRequest } from '../../../src/protocols/redis/messages.ts';
import { type RedisOptions, redis } from '../../../src/protocols/redis/redis.ts';
import { type Circumstances, Conversation } from '../conversation.ts';

type ScriptedOptions = RedisOptions & Pick<Circumstances, 'url' | 'credentials'>;

/** `written` has each command as its words. */
export class Scripted extends Conversation<RedisRequest, Uint8Array, string> {
  /** `patience` as the core reads it, with each frame that is no heartbeat. */
  readonly patience: (number | undefined)[] = [];
  violation: Violation | undefined;
  #seen = 0;

  constructor({ url = 'redis://cache.example', credentials, ...options }: ScriptedOptions = {}) {
    super(redis({ ...options, bulk: 'text' }), { url, credentials }, textOf);
  }

  send(request: RedisRequest): string {
    return textOf(this.dialogue.encode(request));
  }

  ping(id: number): void {
    this.dialogue.ping?.(id);
  }

  /** The server says this. */
  says(...parts: readonly string[]): void {
    this.violation = this.hear(parts.join(''));
  }

  override frame(frame: unknown): void {
    super.frame(frame);
    if (!this.dialogue.isHeartbeat(frame)) this.patience.push(this.dialogue.patience);
  }

  get pongs(): readonly (number | undefined)[] {
    return this.heartbeats.map((heartbeat) => (heartbeat as Heartbeat).id);
  }

  /** What was delivered since the last look. */
  get news(): readonly RedisMessage[] {
    const { messages } = this;
    const from = this.#seen;
    this.#seen = messages.length;
    return messages.slice(from) as RedisMessage[];
  }

  /** Answers what the handshake writes, a turn at a time: a reply for each command, in its order. */
  async answers(...turns: readonly (readonly string[])[]): Promise<string[]> {
    const asked: string[] = [];
    for (const replies of turns) {
      await settled();
      asked.push(...this.written.splice(0));
      this.says(...replies);
    }
    await settled();
    return asked;
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
