/** Publications and confirmations, as pushes of RESP3 or as arrays of RESP2. */
import type { RedisCommand, RedisMessage, RedisValue, SubscriptionChange } from './messages.ts';
import { nameOf, textOf } from './texts.ts';

type Value = RedisValue<string | Uint8Array>;
export type Message = RedisMessage<string | Uint8Array>;

/** The kind of subscription that a change is of. Channels and patterns have one count on the wire, shard channels another. */
const kinds: Readonly<Record<SubscriptionChange, 'channels' | 'patterns' | 'shards'>> = {
  subscribe: 'channels',
  unsubscribe: 'channels',
  psubscribe: 'patterns',
  punsubscribe: 'patterns',
  ssubscribe: 'shards',
  sunsubscribe: 'shards',
};

const publications = ['message', 'pmessage', 'smessage'];

/** The change that a command asks for. */
export function changeOf(command: RedisCommand): SubscriptionChange | undefined {
  const name = nameOf(command).toLowerCase();
  return isChange(name) ? name : undefined;
}

export function isChange(type: string): type is SubscriptionChange {
  return Object.hasOwn(kinds, type);
}

/** Whether an array begins as those of RESP2 do that are no replies. */
export function isPublished(values: readonly Value[]): boolean {
  const type = textOf(values[0]);
  return isChange(type) || publications.includes(type);
}

/** How many subscriptions this connection has, of each kind. */
export class Subscriptions {
  #channels = 0;
  #patterns = 0;
  #shards = 0;

  get any(): boolean {
    return this.#channels + this.#patterns + this.#shards > 0;
  }

  /** The server has confirmed a change. `count`: of channels and patterns together, or of shard channels. */
  confirmed(change: SubscriptionChange, count: number): void {
    const kind = kinds[change];
    if (kind === 'shards') this.#shards = count;
    else if (kind === 'channels') this.#channels = count - this.#patterns;
    else this.#patterns = count - this.#channels;
  }

  /** How many there are of the kind that a change is of. */
  of(change: SubscriptionChange): number {
    const kind = kinds[change];
    return kind === 'shards' ? this.#shards : kind === 'channels' ? this.#channels : this.#patterns;
  }
}

/** The message that a push is, with its type first. Publications look the same from both versions of RESP. */
export function messageOf(values: readonly Value[]): Message {
  const [first, ...rest] = values;
  const type = textOf(first);
  if (!publications.includes(type)) return { kind: 'push', type, values: rest };
  const pattern = type === 'pmessage' ? { pattern: textOf(rest[0]) } : {};
  const [channel, message] = type === 'pmessage' ? rest.slice(1) : rest;
  if (typeof message === 'string' || message instanceof Uint8Array)
    return { kind: 'message', channel: textOf(channel), ...pattern, message };
  // Tracking in RESP2: the keys come as a message of the channel `__redis__:invalidate`.
  return { kind: 'push', type: 'invalidate', values: [message ?? null] };
}
