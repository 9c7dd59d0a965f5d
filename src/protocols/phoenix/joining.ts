/** The joins of a handshake: what they were answered, and what arrives for topics that are joined already. */
import { type Deferred, deferred } from '../../base/deferred.ts';
import { type FrameSink, Refused, type Violation } from '../../ports/protocol.ts';
import { HeldFrames } from '../held-frames.ts';
import { isRecord } from '../json-text.ts';
import type { PhoenixReply } from './messages.ts';

/** The responses to the joins, by topic. */
export type Joined = Readonly<Record<string, unknown>>;

export class Joining {
  readonly #waiting: Set<string>;
  readonly #responses: Record<string, unknown> = {};
  readonly #outcome: Deferred<Joined> = deferred();
  readonly #held: HeldFrames;

  /** `limit`: of the lengths of the messages that are held, together. */
  constructor(topics: readonly string[], limit: number) {
    this.#waiting = new Set(topics);
    this.#held = new HeldFrames(limit);
  }

  /** Resolves when all topics are joined; rejects with `Refused` when one is not. */
  get outcome(): Promise<Joined> {
    return this.#outcome.promise;
  }

  /** Takes the reply to a join of the handshake. Returns true when it was the last. */
  answered({ topic, status, response }: PhoenixReply, sink: FrameSink<unknown>): boolean {
    if (status !== 'ok') this.#outcome.reject(new Refused(refusalOf(topic, response)));
    this.#responses[topic] = response;
    this.#waiting.delete(topic);
    if (this.#waiting.size > 0) return false;
    this.#outcome.resolve(this.#responses);
    this.#held.release(sink);
    return true;
  }

  /** Keeps a frame for the user until the handshake is done. */
  hold(frame: unknown, length: number): Violation | undefined {
    return this.#held.hold(frame, length);
  }
}

/** Phoenix has two reasons of its own, and the others are those of the channel's `join`. */
function refusalOf(topic: string, response: unknown): Violation {
  const { reason, retryAfterMs } = isRecord(response)
    ? response
    : { reason: undefined, retryAfterMs: undefined };
  const detail = `the join of ${topic} was refused${typeof reason === 'string' ? `: ${reason}` : ''}`;
  if (reason === 'unmatched topic') return { reason: 'bad-config', detail };
  if (typeof retryAfterMs === 'number' && retryAfterMs >= 0 && retryAfterMs < Number.POSITIVE_INFINITY)
    return { reason: 'going-away', detail, retryAfterMs };
  return { reason: reason === 'join crashed' ? 'going-away' : 'unauthorized', detail };
}
