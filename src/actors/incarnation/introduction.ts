/** Messages of the application in each incarnation, ahead of the messages that wait in the outbox: `onOpen`. */
import { badConfig, DeliveryError, HoldfastError } from '../../base/errors.ts';
import type { Plan } from '../../endpoints/plan.ts';
import type { Message } from '../../messages/message.ts';
import { Outbox } from '../../messages/outbox.ts';
import type { Receipt } from '../../messages/receipts.ts';
import { refused, type Sender, type SendingParts, type SendOptions, submit } from '../../messages/send.ts';
import { isRefused } from '../../ports/protocol.ts';
import type { FirstWords, Talker } from './host.ts';

/** The argument of `onOpen`, one incarnation of a connection: for messages that each socket needs anew. */
export interface Opening<Out = unknown, Info = unknown> {
  /** The number of the incarnation, from 1. */
  readonly incarnation: number;
  /** Facts that the handshake of the protocol learned of the peer; see `connection.agreed`. */
  readonly agreed: Info | undefined;
  /** Aborted when the incarnation ends. */
  readonly signal: AbortSignal;
  /**
   * Sends a message on this incarnation alone, ahead of all that waits in the outbox, in the order of the calls. Works until
   * the incarnation ends, also after `onOpen`; while the connection is `suspect` the message waits. No limit of the policy's `outbox`
   * counts. Rejects as `connection.send` does: with `never-sent` when the incarnation ends first, as the next one calls
   * `onOpen` again. An ignored rejection is not an unhandled one.
   */
  readonly send: (message: Out, options?: SendOptions) => Promise<Receipt>;
}

type OnOpen = (opening: Opening, connection: unknown) => unknown;

/** By plan, what the application says first. */
const speakers = new WeakMap<Plan, OnOpen>();

export function introduceWith(plan: Plan, onOpen: unknown): void {
  if (typeof onOpen !== 'function') throw badConfig('onOpen', onOpen, 'a function');
  speakers.set(plan, onOpen as OnOpen);
}

export function speaksFirst(plan: Plan): boolean {
  return speakers.has(plan);
}

export function introduce(talker: Talker): void {
  const introduction = new Introduction(talker);
  talker.introduction = introduction;
  talker.sending.flow(true);
  introduction.run();
}

/** The application's list is its own bound. */
const unlimited = {
  outbox: {
    messages: Number.POSITIVE_INFINITY,
    bytes: Number.POSITIVE_INFINITY,
    age: null,
    overflow: 'reject',
  },
} as const;

/** The messages of one incarnation, which go before those of its connection. */
class Introduction implements FirstWords, Sender {
  readonly outbox = new Outbox();
  /** The incarnation is over. */
  leaving = false;
  readonly #talker: Talker;
  readonly #abort = new AbortController();
  /** The messages of the connection may follow. */
  #isDone = false;

  constructor(talker: Talker) {
    this.#talker = talker;
  }

  get plan(): Sender['plan'] {
    return { protocol: this.#talker.plan.protocol, policy: unlimited };
  }

  get current(): Sender['current'] {
    return this.#talker;
  }

  get parts(): SendingParts {
    return this.#talker.host.parts;
  }

  get timekeeper(): Sender['timekeeper'] {
    return this.#talker.deadlines.timekeeper;
  }

  get waiting(): boolean {
    return this.outbox.length > 0 || (this.#isDone && this.#talker.host.waiting);
  }

  nextMessage(): Message | undefined {
    return this.outbox.shift() ?? (this.#isDone ? this.#talker.host.nextMessage() : undefined);
  }

  /** Detail of the exit when `onOpen` takes too long. */
  get progress() {
    return this.#isDone ? undefined : { detail: 'onOpen is not done, and waiting messages wait for it' };
  }

  run(): void {
    const { host, plan } = this.#talker;
    try {
      const result = speakers.get(plan)?.(this.#opening(), host) as PromiseLike<unknown> | undefined;
      if (typeof result?.then !== 'function') return this.#done();
      result.then(
        () => this.#done(),
        (error) => this.#failed(error),
      );
    } catch (error) {
      this.#failed(error);
    }
  }

  end(): void {
    const { incarnation } = this.#talker.host;
    this.leaving = true;
    this.outbox.clear(new DeliveryError('never-sent', `incarnation ${incarnation} has ended`));
    this.#abort.abort(new HoldfastError('closed', `incarnation ${incarnation} has ended`));
  }

  #opening(): Opening {
    const { host, agreement } = this.#talker;
    const { incarnation } = host;
    return {
      incarnation,
      agreed: agreement?.info,
      signal: this.#abort.signal,
      send: (message, options) =>
        this.leaving
          ? refused(new DeliveryError('never-sent', `incarnation ${incarnation} has ended`))
          : submit(message, this, options),
    };
  }

  #done(): void {
    if (this.leaving) return;
    this.#isDone = true;
    this.#talker.raise({ type: 'introduced' });
  }

  /** After the end of the incarnation, of which `signal` tells, an error has no consequences. */
  #failed(error: unknown): void {
    if (this.leaving) return;
    if (isRefused(error)) return this.#talker.failed(error.failure);
    this.#talker.host.reportError?.(error, 'onOpen');
    this.#talker.crash(error);
  }
}
