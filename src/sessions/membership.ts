/** A process among those of one store: joins it, and holds a lease where there is one. */
import { isHoldfastError } from '../base/errors.ts';
import type { Alarm, Timekeeper } from '../time/timekeeper.ts';
import { randomHex } from './link.ts';
import type { SessionStore } from './store.ts';

/** The part of a lease in which this process hands out. */
const PART = 0.8;
/** Milliseconds after which the store is asked again whether it is fit. */
const RETRY = 1000;

/** The sessions of the process. */
export interface MembershipHost {
  readonly timekeeper: Timekeeper;
  /** Another process was granted the session at that epoch. */
  movedAway(session: string, epoch: number): void;
  /** Claims are held again, after a lease that had run out. */
  regained(): void;
  report(error: unknown, where: string): void;
}

export class Membership implements Alarm {
  at = 0;
  slot = -1;
  readonly process = randomHex(16);
  readonly #store: SessionStore;
  readonly #host: MembershipHost;
  #begun: Promise<void> | undefined;
  #retryAt = 0;
  /** The time until which claims are held, by this side's clock. */
  #heldUntil = Number.POSITIVE_INFINITY;
  /** The number of the last session that it heard to have lost. */
  #heard = 0;
  #isOver = false;

  constructor(store: SessionStore, host: MembershipHost) {
    this.#store = store;
    this.#host = host;
  }

  get holdsClaims(): boolean {
    return this.#heldUntil === Number.POSITIVE_INFINITY || this.#host.timekeeper.now() < this.#heldUntil;
  }

  /** Whether the store is fit. A failure is told, and the store is asked again after a second. */
  async begin(): Promise<boolean> {
    if (this.#begun === undefined && this.#host.timekeeper.now() < this.#retryAt) return false;
    return this.#joined(() => true);
  }

  /** Rejects with the `ConfigError` of a store that is not fit. One that cannot be reached is told, and asked again by hellos. */
  async check(): Promise<void> {
    await this.#joined((error) => !(isHoldfastError(error) && error.code === 'bad-config'));
  }

  /** `tells`: whether a failure is told; otherwise it is rejected with. */
  async #joined(tells: (error: unknown) => boolean): Promise<boolean> {
    this.#begun ??= this.#join();
    const begun = this.#begun;
    try {
      await begun;
      return true;
    } catch (error) {
      const isFirst = this.#begun === begun;
      if (isFirst) this.#begun = undefined;
      this.#retryAt = this.#host.timekeeper.now() + RETRY;
      if (!tells(error)) throw error;
      if (isFirst) this.#host.report(error, 'session store');
      return false;
    }
  }

  ring(): void {
    this.#renew().catch(() => {});
  }

  /** Claims end, and sessions are detached. */
  leave(): void {
    this.#isOver = true;
    this.#host.timekeeper.clear(this);
    if (this.#begun === undefined) return;
    this.#store.leave(this.process).catch((error) => this.#host.report(error, 'session store'));
  }

  async #join(): Promise<void> {
    await this.#store.begin({ process: this.process, clock: this.#host.timekeeper.clock });
    if (this.#store.leaseMs !== null) await this.#renew();
  }

  /** A lease counts from before the renewal was sent. A renewal that fails is made again, while the lease of before runs out. */
  async #renew(): Promise<void> {
    const { leaseMs } = this.#store;
    const { timekeeper } = this.#host;
    if (leaseMs === null || this.#isOver) return;
    const sentAt = timekeeper.now();
    timekeeper.set(this, sentAt + leaseMs / 4);
    const lease = await this.#store.renew?.(this.process, this.#heard);
    const hadLapsed = !this.holdsClaims;
    this.#heldUntil = sentAt + PART * leaseMs;
    this.#heard = lease?.told ?? 0;
    for (const { session, epoch } of lease?.moved ?? []) this.#host.movedAway(session, epoch);
    if (hadLapsed) this.#host.regained();
  }
}
