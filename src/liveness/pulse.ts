/**
 * The liveness of one incarnation: when it was last heard, what it was asked, and when the next heartbeat, or a
 * suspicion, is due. A pulse owns no timer; the alarm of `Deadlines` reads it.
 */
import type { HeartbeatPolicy } from '../config/policy.ts';
import { type Rtt, sampled } from '../policy/rtt.ts';
import { dueAfter, listenWindow, nextProbe, suspectDelay } from '../policy/suspicion.ts';
import { aheadAfter, NOTABLE_BYTES, transitOf } from '../policy/transit.ts';
import type { HeartbeatMode } from '../ports/protocol.ts';
import type { Agreed } from './agreement.ts';
import type { Evidence } from './evidence.ts';
import { Transit } from './transit.ts';

const NEVER = Number.POSITIVE_INFINITY;

export class Pulse {
  mode: HeartbeatMode | undefined;
  #policy: HeartbeatPolicy;
  /** Silence counts from here: the last inbound byte, or a restart of the stage after a stall. */
  #silentSince: number;
  /** When the last byte came in. */
  heardAt: number;
  /** When the last byte went to the kernel. */
  spokeAt: number;
  /** The drawn distance to the next heartbeat. */
  #gap: number;
  /** Unanswered probes; any inbound byte answers them all. */
  #asked = 0;
  /** When the first unanswered probe was handed to the kernel, plus its transit; -1: not yet. */
  askedAt = -1;
  #pingId = 0;
  /** Pings whose answer would make the next sample ambiguous. */
  #untimed = 0;
  /** When the newest ping was handed to the kernel; NaN: its answer gives no sample. */
  #pingAt = Number.NaN;
  /** The newest ping that has left, and when. */
  #leftId = 0;
  #leftAt = 0;
  /** The newest ping that was answered: the pings after it, up to the newest that has left, are owed an answer. */
  #answeredId = 0;
  /** Bytes handed to the kernel that a link of 64 kbit/s can still hold, at `spokeAt`. */
  #ahead = 0;
  #transit: Transit | undefined;
  /** Whether we have stopped reading. */
  paused = false;
  /** Until then the peer works on what it was sent, and its silence says nothing; 0: its silence counts. */
  patientUntil = 0;
  #agreed: Agreed | undefined;
  rtt: Rtt | undefined;

  /** `mode` undefined: no heartbeats at all. */
  constructor(mode: HeartbeatMode | undefined, policy: HeartbeatPolicy, now: number, random: () => number) {
    this.mode = mode;
    this.#policy = policy;
    this.#silentSince = this.heardAt = this.spokeAt = now;
    // A side that announces itself does so at once: a peer that only listens has no other proof of it.
    this.#gap = mode === 'exchange' || mode === 'announce' ? 0 : this.#drawn(random);
  }

  /** The handshake agreed with this peer to something else than the policy. */
  agree(agreed: Agreed, now: number, random: () => number): void {
    this.#agreed = agreed;
    this.mode = agreed.mode(this.mode);
    this.#gap = this.#drawn(random);
    this.#silentSince = now;
  }

  /** The sending interval of this incarnation. */
  get #interval(): number {
    const { interval } = this.#policy;
    return (this.#agreed ? this.#agreed.interval(this.mode, interval) : interval) ?? 0;
  }

  #drawn(random: () => number): number {
    return Math.round(dueAfter(this.#interval, random));
  }

  /** Another policy. With another mode, what was asked in the old one counts no more. */
  reconfigure(
    planned: HeartbeatMode | undefined,
    policy: HeartbeatPolicy,
    now: number,
    random: () => number,
  ): void {
    const changed = policy.interval !== this.#policy.interval;
    this.#policy = policy;
    if (changed && this.#gap > 0) this.#gap = this.#drawn(random);
    const mode = this.#agreed ? this.#agreed.mode(planned) : planned;
    if (mode === this.mode) return;
    this.mode = mode;
    this.#asked = 0;
    // A peer that never answered in the mode before owes nothing for it.
    if (this.#answeredId === 0) this.#answeredId = this.#leftId;
    this.askedAt = -1;
    this.#silentSince = now;
  }

  /** Bytes came in; the next heartbeat is due as if they had come at `at`. */
  heard(now: number, at = now): void {
    this.#silentSince = now;
    this.heardAt = at;
    this.#asked = 0;
  }

  /** Bytes of ours were handed to the kernel. */
  spoke(now: number, bytes: number, random: () => number): void {
    if (this.#gap === 0) this.#gap = this.#drawn(random);
    this.#ahead = aheadAfter(this.#ahead, now - this.spokeAt, bytes);
    this.spokeAt = now;
    if (this.#transit !== undefined) this.#transit.behind += bytes;
  }

  /** Whether a silent peer is suspicious. */
  get expectsBytes(): boolean {
    return this.mode !== undefined && this.mode !== 'announce';
  }

  /**
   * We read nothing for a while: the silence is ours, answers wait unread, and the peer's questions go
   * unanswered. So nothing is suspected, and we are heard twice as often.
   */
  pause(): void {
    this.paused = true;
    this.#pingAt = Number.NaN;
  }

  /** We read again. What the peer said meanwhile is still to come, so its silence begins now. */
  resume(now: number): void {
    this.paused = false;
    this.restart(now);
  }

  /** Whether a probe is unanswered. */
  get asking(): boolean {
    return this.#asked > 0;
  }

  /** A heartbeat is being sent. Returns its id. */
  heartbeatQueued(now: number, random: () => number): number {
    this.#gap = 0;
    this.spoke(now, 0, random);
    this.#pingId = (this.#pingId + 1) >>> 0;
    if (this.mode === 'probe') this.#ask(now);
    return this.#pingId;
  }

  /** A byte has answered what left a whole heartbeat ago, so that an answer to it is no longer expected. */
  #ask(now: number): void {
    const last = this.#isOwed ? this.#leftAt : 0;
    if (this.#asked++ === 0) {
      this.askedAt = -1;
      if (now - last >= dueAfter(this.#interval, () => 0)) this.#untimed = 0;
    }
    this.#untimed++;
    this.#pingAt = Number.NaN;
  }

  /** A ping that has left was not answered. */
  get #isOwed(): boolean {
    return this.#answeredId < this.#leftId;
  }

  /** Ping `id` is on its way: its answer may come before the report that the kernel took it. */
  left(id: number, now: number): void {
    if (id <= this.#leftId) return;
    this.#leftId = id;
    this.#leftAt = now;
  }

  /** The next heartbeat is due at `at`, if it was not due before. */
  heartbeatWithin(at: number): void {
    if (this.asking || this.heartbeatAt <= at) return;
    const since = this.mode === 'probe' ? Math.min(this.heardAt, this.spokeAt) : this.spokeAt;
    this.#gap = Math.max(0, at - since);
  }

  /** The heartbeat `id` was handed to the kernel: from now on the silence counts. */
  heartbeatWritten(id: number, now: number, exactNow: number): void {
    this.left(id, now);
    if (this.mode === 'probe' && this.#ahead >= NOTABLE_BYTES) {
      this.#transit ??= new Transit();
      this.#transit.probed(id, this.#ahead, exactNow);
    }
    if (id !== this.#pingId) return;
    if (!this.paused && now >= this.patientUntil) this.#pingAt = exactNow;
    if (this.askedAt < 0) this.askedAt = now + this.#transitAt(now);
  }

  /** The time that a probe needs through what the kernel holds, in whole milliseconds. */
  #transitAt(now: number): number {
    return Math.floor(transitOf(this.#ahead, this.#transit?.rateAt(now), this.#policy.transitMax));
  }

  /**
   * A pong answers all pings up to its own. Without an id it answers the oldest ping that has left and has no answer: peers
   * answer each ping, in order, however late. Returns the ping it answers, 0 if none. A peer that left a ping unanswered is
   * one ping behind from then on. Only a single ping under way gives an unambiguous sample without ids (Karn); one that
   * the peer swallowed a heartbeat ago does not count.
   */
  ponged(id: number | undefined, exactNow: number): number {
    const isOwed = this.#isOwed;
    const answered = id ?? (isOwed ? this.#answeredId + 1 : 0);
    if (answered > this.#pingId) return 0;
    const matches = id === undefined ? this.#untimed === 1 : id === this.#pingId;
    const isTimed = this.mode === 'probe' && isOwed && matches && !Number.isNaN(this.#pingAt);
    if (isTimed) this.rtt = sampled(this.rtt, exactNow - this.#pingAt);
    this.#answeredId = Math.max(this.#answeredId, answered);
    if (this.#untimed > 0) this.#untimed--;
    if (this.#transit?.answered(answered, exactNow))
      this.#ahead = Math.min(this.#ahead, this.#transit.behind);
    return answered;
  }

  /** Our own process stalled: what is under way measures us. */
  stalled(): void {
    this.#pingAt = Number.NaN;
  }

  /** Counts the silence anew from `now`. */
  restart(now: number): void {
    this.#silentSince = now;
    if (this.askedAt >= 0) this.askedAt = now;
  }

  /** Puts suspicion and verdict off by `ms`, since a stall of ours may have caused the silence. */
  excuse(ms: number): void {
    this.#silentSince += ms;
    if (this.askedAt >= 0) this.askedAt += ms;
    if (this.patientUntil > 0) this.patientUntil += ms;
  }

  /** The wait after which an unanswered probe is suspicious, in milliseconds. */
  get rto(): number {
    return suspectDelay(this.rtt, this.#policy.suspectAfter);
  }

  /** The peer may be silent for `ms`, as it works on what it was sent; 0: it is done. */
  allow(ms: number, now: number): void {
    this.patientUntil = ms === 0 ? 0 : now + ms;
    this.#pingAt = Number.NaN;
  }

  /** The silence after an unanswered probe counts from here. */
  get #askedFrom(): number {
    return Math.max(this.askedAt, this.patientUntil);
  }

  /** When the next heartbeat is due. */
  get heartbeatAt(): number {
    if (this.mode === undefined || this.mode === 'listen') return NEVER;
    if (this.paused) return this.spokeAt + Math.ceil(this.#gap / 2);
    if (this.mode !== 'probe') return this.spokeAt + this.#gap;
    if (this.#asked === 0) return Math.min(this.heardAt, this.spokeAt) + this.#gap;
    return this.askedAt < 0 ? NEVER : this.#askedFrom + nextProbe(this.#asked, this.rto, this.#policy);
  }

  /** When silence becomes suspicious. */
  get suspectAt(): number {
    if (this.paused) return NEVER;
    switch (this.mode) {
      case 'probe':
        return this.#asked === 0 || this.askedAt < 0 ? NEVER : this.#askedFrom + this.rto;
      case 'listen':
      case 'exchange':
        return (
          Math.max(this.#silentSince, this.patientUntil) +
          (this.#agreed?.hear ?? listenWindow(this.#policy.interval ?? NEVER))
        );
      default:
        return NEVER;
    }
  }

  /** When a silence that is suspicious at `now` becomes a verdict; never, if it is not. */
  condemnAt(now: number): number {
    const suspectAt = this.suspectAt;
    if (suspectAt > now) return NEVER;
    return (this.mode === 'probe' ? this.#askedFrom : suspectAt) + this.#policy.condemnAfter;
  }

  /** When the silence since the first unanswered probe is a verdict at the latest; one that has not left counts from `now`. */
  answerBy(now: number): number {
    const since = this.#asked > 0 && this.askedAt >= 0 ? this.#askedFrom : now + this.#transitAt(now);
    return since + Math.max(this.#policy.condemnAfter, this.rto);
  }

  evidence(now: number, lateMs: number, queuedBytes: number): Evidence {
    return { silenceMs: now - this.heardAt, rtoMs: this.rto, probes: this.#asked, lateMs, queuedBytes };
  }
}
