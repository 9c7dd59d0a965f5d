/** An estimate, from answered probes, of the rate at which the kernel's queue leaves. Exists after the first notable queue. */
import { type Rate, recentRates } from '../policy/transit.ts';

export class Transit {
  /** Bytes handed over since the timed probe. */
  behind = 0;
  /** The probe under way that is timed; 0: none. */
  #probe = 0;
  #ahead = 0;
  #at = 0;
  #rates: readonly Rate[] = [];

  /** Probe `id` was handed to the kernel behind `ahead` bytes. One probe is timed at a time. */
  probed(id: number, ahead: number, now: number): void {
    if (this.#probe !== 0) return;
    this.#probe = id;
    this.#ahead = ahead;
    this.#at = now;
    this.behind = 0;
  }

  /** Probe `id` was answered, and with it all before. Returns whether that was the timed one. */
  answered(id: number, now: number): boolean {
    if (this.#probe === 0 || id < this.#probe) return false;
    this.#probe = 0;
    const rate = this.#ahead / Math.max(1, now - this.#at);
    this.#rates = recentRates(this.#rates, now, { rate, at: now });
    return true;
  }

  /** The greatest rate of the last minute, in bytes per millisecond; undefined: none was measured. */
  rateAt(now: number): number | undefined {
    this.#rates = recentRates(this.#rates, now);
    return this.#rates[0]?.rate;
  }
}
