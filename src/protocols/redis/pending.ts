/** The commands that were sent and not answered, in order: Redis answers in that order. */
import { blocksFor, pausesFor } from './blocking.ts';
import type { RedisCommand, RedisValue, SubscriptionChange } from './messages.ts';
import { changeOf } from './subscriptions.ts';

export interface Pending {
  readonly command: RedisCommand;
  /** The id of a heartbeat; 0: none. */
  readonly heartbeat: number;
  /** Takes the answer in place of the user. */
  readonly settle: ((value: RedisValue<string | Uint8Array>) => void) | undefined;
  /** Set on a command that is answered by a confirmation for each channel. */
  readonly change: SubscriptionChange | undefined;
  /** Confirmations to come; 0: until no channel is left. */
  confirmations: number;
  /** Milliseconds for which the server may work on it. */
  readonly blocks: number;
  /** Milliseconds for which the server answers nothing after its reply. */
  readonly pauses: number;
  next: Pending | undefined;
}

/** The kind of a command that is not one of the user's. */
export interface Purpose {
  readonly heartbeat?: number;
  readonly settle?: Pending['settle'];
  /** Inside of a transaction, where no command blocks. */
  readonly queued?: boolean;
}

export class PendingCommands {
  #oldest: Pending | undefined;
  #newest: Pending | undefined;
  #blocked = 0;
  #endless = 0;

  get oldest(): Pending | undefined {
    return this.#oldest;
  }

  /** Milliseconds that the server may take over all of them. */
  get blocked(): number {
    return this.#endless > 0 ? Number.POSITIVE_INFINITY : this.#blocked;
  }

  /** Returns the milliseconds for which the command may block. */
  add(command: RedisCommand, { heartbeat = 0, settle, queued = false }: Purpose = {}): number {
    const change = changeOf(command);
    const blocks = queued ? 0 : blocksFor(command);
    const entry: Pending = {
      command,
      heartbeat,
      settle,
      change,
      confirmations: command.length - 1,
      blocks,
      pauses: pausesFor(command),
      next: undefined,
    };
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.next = entry;
    this.#newest = entry;
    this.#count(blocks, 1);
    return blocks;
  }

  /** Takes the oldest. */
  shift(): Pending | undefined {
    const entry = this.#oldest;
    if (entry === undefined) return undefined;
    this.#oldest = entry.next;
    if (entry.next === undefined) this.#newest = undefined;
    this.#count(entry.blocks, -1);
    return entry;
  }

  #count(blocks: number, sign: 1 | -1): void {
    if (blocks === Number.POSITIVE_INFINITY) this.#endless += sign;
    else this.#blocked += sign * blocks;
  }
}
