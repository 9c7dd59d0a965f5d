/**
 * The deadlines of one incarnation: that of the chart's state, and those that follow the traffic. One
 * alarm stands for the earliest; an expired deadline becomes an event for the chart.
 */
import type { Policy } from '../config/policy.ts';
import type { Plan } from '../endpoints/plan.ts';
import type { ConnectionEvent, StageDeadline, TrafficDeadline } from '../machines/port.ts';
import { GRACES, LATE } from '../time/patience.ts';
import { type Alarm, LOOK_AGAIN, type Ring, type Timekeeper } from '../time/timekeeper.ts';
import type { Agreed } from './agreement.ts';
import type { Evidence } from './evidence.ts';
import { Pulse } from './pulse.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** The events that time causes in the chart. */
export type TimeEvent = Extract<ConnectionEvent, { type: 'heartbeat-due' | 'deadline-expired' }>;

type Due = { readonly what: StageDeadline | TrafficDeadline | 'heartbeat' | undefined; readonly at: number };

/** The incarnation, as its deadlines see it. */
export interface DeadlinesHost {
  readonly running: boolean;
  /** Its writes: the bytes that the socket has not taken, and when it last took some. */
  readonly sending: { readonly bytesInFlight: number; progressAt: number };
  raise(event: ConnectionEvent): void;
  observe(now: number): void;
}

export class Deadlines implements Alarm<TimeEvent> {
  at = 0;
  slot = -1;
  readonly pulse: Pulse;
  readonly timekeeper: Timekeeper;
  readonly #host: DeadlinesHost;
  /** When a message last came or went. */
  businessAt = 0;
  #livedMs: number | undefined;
  #policy: Policy;
  #stage: StageDeadline | undefined;
  #stageAt = 0;
  #watched: readonly TrafficDeadline[] | undefined;
  #graces = 0;
  /** When the stage that was excused last is due, unless something moves it. */
  #graceAt = NEVER;
  #lateMs = 0;
  /** When the connection became usable; -1: not yet. */
  #aliveAt = -1;

  constructor({ mode, policy }: Pick<Plan, 'mode' | 'policy'>, timekeeper: Timekeeper, host: DeadlinesHost) {
    this.timekeeper = timekeeper;
    this.#host = host;
    this.#policy = policy;
    this.pulse = new Pulse(mode, policy.heartbeat, timekeeper.now(), timekeeper.clock.random);
  }

  /** Another policy: for the deadline under way, counted from its beginning, and for what comes. */
  reconfigure({ mode, policy }: Pick<Plan, 'mode' | 'policy'>): void {
    const stage = this.#stage;
    const before = stage === undefined ? 0 : this.#span(stage);
    const now = this.timekeeper.now();
    this.#policy = policy;
    if (stage !== undefined) this.#stageAt = Math.max(now, this.#stageAt - before + this.#span(stage));
    this.pulse.reconfigure(mode, policy.heartbeat, now, this.timekeeper.clock.random);
    this.setAlarm();
  }

  /** How long the connection was usable, once that is over; in milliseconds. */
  get livedMs(): number {
    return this.#livedMs ?? 0;
  }

  /** Introducing, alive, suspect or draining: heartbeats may go out. */
  get watching(): boolean {
    return this.#watched !== undefined;
  }

  /** The silence of the peer says nothing now. */
  get isPatient(): boolean {
    return this.pulse.paused || this.pulse.patientUntil > this.timekeeper.now();
  }

  get evidence(): Evidence {
    return this.pulse.evidence(this.timekeeper.now(), this.#lateMs, this.#host.sending.bytesInFlight);
  }

  arm(deadline: StageDeadline): void {
    const now = this.timekeeper.now();
    this.#stage = deadline;
    const condemns = deadline === 'condemn';
    const at = condemns ? this.#condemnAt(now) : now + this.#span(deadline);
    // A deadline in the past is due now: its alarm would count as late otherwise.
    this.#stageAt = Math.max(now, Math.ceil(at));
    // A verdict follows its suspicion in the same row, unless that has another cause than an excused deadline, as `offline` has.
    if (!(condemns && this.#isInRow())) this.#graces = 0;
    this.#graceAt = condemns ? this.#stageAt : NEVER;
    this.setAlarm();
  }

  disarm(): void {
    this.#stage = undefined;
    this.setAlarm();
  }

  watch(deadlines: readonly TrafficDeadline[] | undefined): void {
    const now = this.timekeeper.now();
    if (deadlines === undefined) {
      if (this.#aliveAt >= 0) this.#livedMs ??= this.#healthyUntil(now) - this.#aliveAt;
    } else if (this.#aliveAt < 0) {
      // Heartbeats go out while no deadline is watched, and the connection is not usable yet.
      if (deadlines.length > 0) this.#aliveAt = this.businessAt = now;
      this.pulse.restart(now);
    }
    this.#watched = deadlines;
    this.setAlarm();
  }

  /** Waiting for a verdict is not health: out of `suspect`, a peer that has to speak was well until its last byte. */
  #healthyUntil(now: number): number {
    const suspect = !this.#watched?.includes('idle');
    return suspect && this.pulse.expectsBytes ? Math.max(this.#aliveAt, this.pulse.heardAt) : now;
  }

  /** The values of the handshake hold from now on. */
  agree(agreed: Agreed): void {
    this.pulse.agree(agreed, this.timekeeper.now(), this.timekeeper.clock.random);
    this.setAlarm();
  }

  /** The peer may be silent for `ms`; 0: no longer. */
  allow(ms: number, now: number): void {
    this.pulse.allow(ms, now);
    this.setAlarm();
  }

  /** A heartbeat is wanted within `ms`; at once, if one is unanswered already. */
  heartbeatWithin(ms: number): void {
    if (this.#watched === undefined) return;
    if (this.pulse.asking) return this.#host.raise({ type: 'heartbeat-due' });
    this.pulse.heartbeatWithin(this.timekeeper.now() + Math.round(ms));
    this.setAlarm();
  }

  /** Bytes came in; the next heartbeat is due as if they had come at `at`. */
  heard(now: number, at: number): void {
    const answered = this.pulse.asking;
    this.pulse.heard(now, at);
    // The next heartbeat may be due before the alarm that waits for this answer.
    if (answered) this.setAlarm();
    // Hidden pages get their input in time, and their timers late.
    const overdue = this.slot >= 0 && now - this.at > LATE;
    if (overdue && this.watching && this.pulse.heartbeatAt <= now) this.raise({ type: 'heartbeat-due' });
  }

  ring(now: number, lateMs: number): TimeEvent | typeof LOOK_AGAIN | undefined {
    // Before pending answers are read: their round trips would include our stall.
    if (lateMs > LATE) this.pulse.stalled();
    this.#host.observe(now);
    const { what, at } = this.#earliest();
    if (at <= now) return what === 'heartbeat' ? { type: 'heartbeat-due' } : LOOK_AGAIN;
    this.setAlarm();
    return undefined;
  }

  confirm(now: number, lateMs: number): TimeEvent | undefined {
    if (!this.#host.running) return undefined;
    this.#host.observe(now);
    const { what, at } = this.#earliest();
    if (at <= now && what !== 'heartbeat' && what !== undefined) {
      this.#lateMs = lateMs;
      if (at !== this.#graceAt) this.#graces = 0;
      const excused = lateMs > LATE && this.#graces < GRACES && what !== 'maxAge';
      if (!excused) return { type: 'deadline-expired', deadline: what };
      this.#excuse(what, at, now);
    }
    this.setAlarm();
    return undefined;
  }

  raise(event: TimeEvent): void {
    this.#host.raise(event);
    this.setAlarm();
  }

  /** An alarm that rings too early finds out and sets itself anew; moving it for each byte would cost more. */
  setAlarm(): void {
    if (!this.#host.running) return;
    const { at } = this.#earliest();
    if (this.slot < 0 || at < this.at) this.timekeeper.set(this, at);
  }

  /** A write has begun, and nothing else has changed: cheaper than to look at every deadline. */
  writeBegan(now: number): void {
    const { write } = this.#policy.deadlines;
    if (write !== null && (this.slot < 0 || now + write < this.at)) this.setAlarm();
  }

  /** A stall of ours may have caused what looks like the peer's silence. Where nothing was asked, the whole stage starts again. */
  #excuse(what: StageDeadline | TrafficDeadline, at: number, now: number): void {
    this.#graces++;
    const since = now + (this.timekeeper.clock.graceMs ?? 0);
    if (what === 'suspect' || what === 'condemn') this.#putOff(what, at, since);
    else if (what === this.#stage) this.#stageAt = since + this.#span(what);
    else if (what === 'write') this.#host.sending.progressAt = since;
    else this.businessAt = since;
    this.#graceAt = what === this.#stage ? this.#stageAt : this.#trafficAt(what as TrafficDeadline);
  }

  /** By the stall and the time of one answer, to a probe that is sent now. */
  #putOff(what: 'suspect' | 'condemn', at: number, since: number): void {
    const { pulse } = this;
    const { condemnAfter } = this.#policy.heartbeat;
    // A span of 0 awaits a verdict for the time of an answer alone.
    const whole = (what === 'condemn' && condemnAfter) || NEVER;
    const until = Math.ceil(since + Math.min(pulse.rto, whole));
    pulse.excuse(until - at);
    if (what === 'condemn') this.#stageAt = until;
    if (pulse.mode === 'probe') this.#host.raise({ type: 'heartbeat-due' });
  }

  /** The deadline that was excused last has not moved since. */
  #isInRow(): boolean {
    return this.#trafficAt('suspect') === this.#graceAt || this.#trafficAt('write') === this.#graceAt;
  }

  #earliest(): Due {
    let what: Due['what'] = this.#stage;
    let at = this.#stage === undefined ? NEVER : this.#stageAt;
    if (this.#watched === undefined) return { what, at };
    for (const deadline of this.#watched) {
      const candidate = this.#trafficAt(deadline);
      if (candidate < at) [what, at] = [deadline, candidate];
    }
    return this.pulse.heartbeatAt < at ? { what: 'heartbeat', at: this.pulse.heartbeatAt } : { what, at };
  }

  #trafficAt(deadline: TrafficDeadline): number {
    const { write, idle, maxAge } = this.#policy.deadlines;
    switch (deadline) {
      case 'suspect':
        return this.pulse.suspectAt;
      case 'write':
        return this.#host.sending.bytesInFlight === 0
          ? NEVER
          : this.#host.sending.progressAt + (write ?? NEVER);
      case 'idle':
        return this.pulse.paused ? NEVER : this.businessAt + (idle ?? NEVER);
      case 'maxAge':
        return this.#aliveAt + (maxAge ?? NEVER);
    }
  }

  #span(stage: StageDeadline): number {
    const { heartbeat, deadlines } = this.#policy;
    return stage === 'condemn' ? heartbeat.condemnAfter : (deadlines[stage] ?? 0);
  }

  /** Counted from the silence or from the stall of a write, by the earlier of the two. */
  #condemnAt(now: number): number {
    const stalledAt = this.#trafficAt('write');
    const span = this.#span('condemn');
    const at = Math.min(this.pulse.condemnAt(now), stalledAt <= now ? stalledAt + span : NEVER);
    // A suspicion without silence, as after `offline`: the peer has the time of an answer.
    return at === NEVER ? this.pulse.answerBy(now) : at;
  }
}

/** Sends an event of time into the chart that it concerns: the subscriber of a timekeeper's `rings$`. */
export function deliver({ alarm, event }: Ring): void {
  alarm.raise?.(event);
}
