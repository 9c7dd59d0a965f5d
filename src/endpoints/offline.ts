/** The platform's word that there is no network: a hint, believed for a while, of endpoints that need one. */
import type { Timekeeper } from '../time/timekeeper.ts';

/**
 * Keys of endpoints on this machine, its link or a private network, by scheme or literal (RFC 1918, 3927, 4193, 4291,
 * 6761, 6762): the platform's word is about others. Another name would have to be resolved first.
 */
const local =
  /^unix:|^[^/]+\/\/(\[(::1]|f[cd])|(([^/]+\.)?local(host)?\.?|(10|127|169\.254|192\.168|172\.(1[6-9]|2.|3[01]))\.[\d.]+)(:|\/|$))/i;

/** Milliseconds for which it is believed: platforms report it wrongly, and then never say `online`. */
const BELIEVED = 10_000;

export class Offline {
  #until = 0;
  readonly #timekeeper: Timekeeper;

  constructor(timekeeper: Timekeeper) {
    this.#timekeeper = timekeeper;
  }

  told(offline: boolean): void {
    this.#until = offline ? this.#timekeeper.now() + BELIEVED : 0;
  }

  /** A peer proved to be there: the platform is wrong, if its word was about that endpoint. */
  refuted(endpointKey: string | undefined): void {
    if (endpointKey !== undefined && this.msFor(endpointKey) > 0) this.told(false);
  }

  /** Milliseconds for which no dial to the endpoint begins, unless a user asks for it; 0: it may. */
  msFor(endpointKey = ''): number {
    const ms = this.#until - this.#timekeeper.now();
    return ms > 0 && !local.test(endpointKey) ? ms : 0;
  }
}
