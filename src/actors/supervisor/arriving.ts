/** An accepted socket whose handshake is under way: keeps its deadline, and reports its end. */
import type { Policy } from '../../config/policy.ts';
import type { Failure } from '../../policy/exits.ts';
import type { Arrival, ArrivalOwner } from '../../ports/transport.ts';
import { GRACES, LATE } from '../../time/patience.ts';
import { type Alarm, LOOK_AGAIN, type Timekeeper } from '../../time/timekeeper.ts';
import type { HandshakeFailedEvent } from './events.ts';

/** The listener that accepted the socket. */
export interface ArrivalHost {
  readonly url: string;
  readonly policy: Policy;
  readonly timekeeper: Timekeeper;
  /** Whether one more connection of this peer is within the limits; a refusal is reported. */
  admits(from: string, address: string | undefined): boolean;
  /** The handshake is over, in one way or the other; `event` tells of a failure. */
  departed(arrival: Arrival, event: HandshakeFailedEvent | undefined): void;
}

const timedOut: Failure = { reason: 'handshake-timeout' };

export class Arriving implements Alarm, ArrivalOwner {
  at = 0;
  slot = -1;
  readonly #host: ArrivalHost;
  readonly #arrival: Arrival;
  readonly #began: number;
  #graces = 0;
  #failure: Failure | undefined;
  #refused = false;

  constructor(host: ArrivalHost, arrival: Arrival) {
    this.#host = host;
    this.#arrival = arrival;
    this.#began = host.timekeeper.now();
    this.#setAlarm(this.#began);
  }

  admits(): boolean {
    const { from, address } = this.#arrival;
    this.#refused = !this.#host.admits(from, address);
    return !this.#refused;
  }

  ended(failure?: Failure): void {
    this.#host.timekeeper.clear(this);
    const told = failure === undefined || this.#refused ? undefined : this.#failed(this.#failure ?? failure);
    this.#host.departed(this.#arrival, told);
  }

  ring(): typeof LOOK_AGAIN {
    return LOOK_AGAIN;
  }

  /** After a late timer the deadline starts again: the peer's bytes may have waited for this process. */
  confirm(now: number, lateMs: number): void {
    if (lateMs > LATE && this.#graces++ < GRACES) return this.#setAlarm(now);
    this.#failure = timedOut;
    this.#arrival.destroy();
  }

  #setAlarm(from: number): void {
    const { timekeeper, policy } = this.#host;
    timekeeper.set(this, from + policy.deadlines.handshake);
  }

  #failed({ reason, code, detail }: Failure): HandshakeFailedEvent {
    const { from: peer, bytesRead: bytes } = this.#arrival;
    const afterMs = this.#host.timekeeper.now() - this.#began;
    const why = { ...(code !== undefined && { code }), ...(detail !== undefined && { detail }) };
    return { event: 'handshake-failed', url: this.#host.url, peer, reason, ...why, bytes, afterMs };
  }
}
