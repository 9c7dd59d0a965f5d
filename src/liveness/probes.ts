/** The calls of `probe()` that wait for an answer. */
import { type Deferred, deferred } from '../base/deferred.ts';
import { HoldfastError } from '../base/errors.ts';

interface Probe extends Deferred<number> {
  readonly id: number;
  /** The time of the hand-over to the kernel; of the call, before that. */
  sentAt: number;
}

export class Probes {
  #waiting: Probe[] = [];

  /** Resolves with the round-trip time of ping `id`, in milliseconds. */
  wait(id: number, now: number): Promise<number> {
    const probe = { id, sentAt: now, ...deferred<number>() };
    this.#waiting.push(probe);
    return probe.promise;
  }

  sent(id: number, now: number): void {
    for (const probe of this.#waiting) if (probe.id === id) probe.sentAt = now;
  }

  /** Ping `id` was answered, and with it all before. */
  answered(id: number, now: number): void {
    const done = this.#waiting.filter((probe) => probe.id <= id);
    this.#waiting = this.#waiting.filter((probe) => probe.id > id);
    for (const probe of done) probe.resolve(now - probe.sentAt);
  }

  /** The incarnation is over. */
  end(): void {
    const error = new HoldfastError('closed', 'the connection ended before the peer answered the probe');
    for (const probe of this.#waiting) probe.reject(error);
    this.#waiting = [];
  }
}
