/** A connection to a Redis server: answers are matched to commands, heartbeats included, by their order. */
import type {
  About,
  Agreement,
  Decoder,
  Dialogue,
  FrameSink,
  HandshakeIo,
  Heartbeat,
  Violation,
} from '../../ports/protocol.ts';
import { commandsOf, encode, measure } from './encoding.ts';
import { failureOf } from './failures.ts';
import { asking, type Greeting, greet } from './handshake.ts';
import {
  type RedisCommand,
  RedisError,
  type RedisRedirect,
  type RedisRequest,
  type RedisValue,
  type SubscriptionChange,
} from './messages.ts';
import { type ReplySink, RespParser } from './parser.ts';
import { type Pending, PendingCommands } from './pending.ts';
import { isChange, isPublished, type Message, messageOf, Subscriptions } from './subscriptions.ts';
import { nameOf, textOf } from './texts.ts';

type Value = RedisValue<string | Uint8Array>;

export interface DialogueOptions extends Greeting {
  readonly maxMessageBytes: number;
  readonly bytes: boolean;
  readonly leavesReadonly: boolean;
}

export class RedisDialogue implements Dialogue<RedisRequest>, Decoder<unknown, Uint8Array>, ReplySink {
  readonly #about: About;
  readonly #options: DialogueOptions;
  readonly #parser: RespParser;
  readonly #pending = new PendingCommands();
  readonly #subscriptions = new Subscriptions();
  #sink: FrameSink<unknown> | undefined;
  #resp: 2 | 3 = 3;
  #greeted = false;
  #hasQuit = false;
  /** CLIENT PAUSE was answered, and nothing after it. */
  #paused = 0;
  /** A frame is being handed over. */
  #answering = false;
  /** A command that blocks was encoded since the last look at `patience`. */
  #grown = false;

  constructor(about: About, options: DialogueOptions) {
    this.#about = about;
    this.#options = options;
    this.#parser = new RespParser(options, this);
  }

  get decoder(): Decoder<unknown, Uint8Array> {
    return this;
  }

  get midFrame(): boolean {
    return this.#parser.midFrame;
  }

  push(chunk: Uint8Array, sink: FrameSink<unknown>): Violation | undefined {
    this.#sink = sink;
    return this.#parser.push(chunk);
  }

  encode(request: RedisRequest): Uint8Array {
    measure(request, this.#options.maxMessageBytes);
    const commands = commandsOf(request);
    let queued = false;
    for (const command of commands) {
      const blocks = this.#pending.add(command, { queued });
      if (blocks > 0) this.#grown = true;
      queued = nameOf(command) === 'MULTI' || (queued && nameOf(command) !== 'EXEC');
    }
    return encode(commands);
  }

  ping(heartbeat: number): Uint8Array {
    const command: RedisCommand = ['PING', heartbeat];
    this.#pending.add(command, { heartbeat });
    return encode([command]);
  }

  isHeartbeat(frame: unknown): Heartbeat | false {
    return frame instanceof Pong ? frame : false;
  }

  async handshake(io: HandshakeIo): Promise<Agreement> {
    const send = (command: RedisCommand, settle: (value: Value) => void) => {
      this.#pending.add(command, { settle });
      io.write(encode([command]));
    };
    const agreed = (resp: 2 | 3) => {
      this.#resp = resp;
    };
    const info = await greet(io, asking(send, io.signal), this.#options, agreed);
    this.#greeted = true;
    return { info };
  }

  /** An end of stream is no goodbye here, but after a QUIT. */
  ended(): Violation | undefined {
    if (!this.#greeted || this.#hasQuit) return undefined;
    return { reason: 'going-away', detail: 'the server ended the connection' };
  }

  /**
   * Milliseconds that the server may take over the commands that wait. A look after a message that does not block changes
   * nothing, or a peer that is gone would be excused anew by each message.
   */
  get patience(): number {
    const changed = this.#grown || this.#answering;
    this.#grown = false;
    return changed ? this.#pending.blocked + this.#paused : 0;
  }

  // --- what the parser finds

  reply(value: Value): Violation | undefined {
    if (Array.isArray(value) && this.#isPublished(value)) return this.pushed(value);
    const entry = this.#pending.shift();
    if (entry === undefined) return unasked(value);
    this.#paused = 0;
    if (entry.settle !== undefined) return void entry.settle(value);
    return entry.heartbeat > 0 ? this.#pong(entry.heartbeat, value) : this.#answer(entry, value);
  }

  pushed(values: readonly Value[]): Violation | undefined {
    const type = textOf(values[0]);
    if (isChange(type)) return this.#confirmed(type, values);
    this.#emit(messageOf(values));
    return undefined;
  }

  /** A connection in RESP2 with subscriptions is answered no other arrays, but for that to PING. */
  #isPublished(values: readonly Value[]): boolean {
    const expected = this.#subscriptions.any || this.#pending.oldest?.change !== undefined;
    return this.#resp === 2 && expected && isPublished(values);
  }

  #confirmed(change: SubscriptionChange, [, channel, count]: readonly Value[]): Violation | undefined {
    if (!(Number.isSafeInteger(count) && Number(count) >= 0))
      return { reason: 'protocol-error', detail: `a confirmation of ${change} without a count` };
    this.#subscriptions.confirmed(change, Number(count));
    const { oldest } = this.#pending;
    if (oldest?.change === change && this.#isLast(oldest, change)) {
      this.#pending.shift();
      oldest.settle?.(null);
    }
    const name = channel === null ? null : textOf(channel);
    this.#emit({ kind: 'subscription', change, channel: name, count: Number(count) });
    return undefined;
  }

  /** A command without channels is confirmed for each that there was. */
  #isLast(entry: Pending, change: SubscriptionChange): boolean {
    return entry.command.length > 1 ? --entry.confirmations === 0 : this.#subscriptions.of(change) === 0;
  }

  /** An error is an answer, too. Another answer than its own would mean that commands and replies no longer match. */
  #pong(id: number, value: Value): Violation | undefined {
    const answer = Array.isArray(value) ? value[1] : value;
    if (!(value instanceof RedisError) && textOf(answer) !== String(id))
      return { reason: 'protocol-error', detail: `PING ${id} was answered with something else` };
    this.#emit(new Pong(id));
    return undefined;
  }

  #answer({ command, pauses }: Pending, value: Value): Violation | undefined {
    if (!(value instanceof RedisError)) {
      this.#paused = pauses;
      this.#hasQuit ||= nameOf(command) === 'QUIT';
      this.#emit({ kind: 'reply', command, value });
      return undefined;
    }
    const { code, message } = value;
    const redirect = redirectOf(command, message, this.#about.url.hostname);
    this.#emit(redirect ?? { kind: 'error', command, code, message });
    const ends = code === 'NOAUTH' || (code === 'READONLY' && this.#options.leavesReadonly);
    return ends ? failureOf(value) : undefined;
  }

  #emit(frame: Message | Pong): void {
    this.#answering = true;
    this.#sink?.frame(frame);
    this.#answering = false;
  }
}

/** The answer to a heartbeat. */
class Pong implements Heartbeat {
  readonly kind = 'pong';
  readonly id: number;

  constructor(id: number) {
    this.id = id;
  }
}

/** `MOVED 3999 127.0.0.1:6381`, where the host may be missing. */
function redirectOf(command: RedisCommand, message: string, dialled: string): RedisRedirect | undefined {
  const [, how, slot, host, port] = /^(MOVED|ASK) (\d+) (.*):(\d+)$/.exec(message) ?? [];
  if (how === undefined) return undefined;
  const named = host === '' || host === '?' ? dialled : (host ?? '');
  return {
    kind: 'redirect',
    command,
    how: how === 'ASK' ? 'ask' : 'moved',
    slot: Number(slot),
    host: named,
    port: Number(port),
  };
}

/** The error that the server sends before it closes, such as that it has too many clients. */
function unasked(value: Value): Violation {
  if (!(value instanceof RedisError)) return { reason: 'protocol-error', detail: 'a reply to no command' };
  const failure = failureOf(value);
  return failure.reason === 'bad-config' ? { ...failure, reason: 'protocol-error' } : failure;
}
