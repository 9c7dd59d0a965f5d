/**
 * The part `hedging`: while an incarnation is suspect, a standby is dialled beside it, and takes its place once its
 * transport is proved. Whether there is one is a state of the supervision chart; here is what its actions do.
 */
import { defined } from '../../base/defined.ts';
import type { GateDecision, Waiter } from '../../endpoints/endpoint-gate.ts';
import type { Offline } from '../../endpoints/offline.ts';
import type { Plan } from '../../endpoints/plan.ts';
import type { Turns } from '../../endpoints/turns.ts';
import type { ConnectionState } from '../../machines/connection.ts';
import type { ConnectionEvent } from '../../machines/port.ts';
import type { SupervisionAction, SupervisionEvent, SupervisionState } from '../../machines/supervision.ts';
import type { Exit } from '../../policy/exits.ts';
import type { Timekeeper } from '../../time/timekeeper.ts';
import type { IncarnationHost } from '../incarnation/host.ts';
import type { Incarnation } from '../incarnation/incarnation.ts';
import { Aside, Replaced, Standby } from '../incarnation/standby.ts';
import { nameOf, type StandbyEvent } from './events.ts';

/** The supervision of an id, as far as it is hedged. */
interface Supervision {
  readonly state: SupervisionState;
  readonly plan: Plan;
  incarnation: number;
  current: Incarnation | undefined;
  step(event: SupervisionEvent): void;
}

/** The connection of an id. */
interface Host extends IncarnationHost {
  readonly id: string;
  readonly url: string;
}

/** The supervisor. */
interface Surroundings {
  readonly timekeeper: Timekeeper;
  readonly journal: { publish(event: StandbyEvent): void };
  readonly gates: Turns;
  readonly offline: Offline;
  nextRequest(): number;
  admit(id: string, request: number): void;
  carryOut(decisions: readonly GateDecision[]): void;
}

/** The incarnation of a connection; another one's host has no supervision. */
type Watched = Pick<Incarnation, 'deadlines' | 'plan'> & {
  readonly host: { readonly supervision?: Supervision; readonly state?: ConnectionState };
};

/** By supervision, the standby that it has or waits for. */
const hedges = new WeakMap<Supervision, Hedge>();

/** By incarnation, when its peer was last heard before it was hedged: one standby for each silence. */
const silences = new WeakMap<object, number>();

/** The exits of incarnations that were not, or no longer, the one of their id. */
const strays = new WeakSet<Exit>();

/** Whether the policy wants a standby, and the transport of one can be proved beside the running incarnation. */
function mayHedge({ policy, protocol, provedByOpening, side }: Plan): boolean {
  const { hedge, restart, maxAttempts } = policy.reconnect;
  const proves = protocol.standby === 'ping' || (protocol.standby === 'opening' && provedByOpening);
  return hedge && proves && restart !== 'temporary' && maxAttempts !== 0 && side === 'dial';
}

/** The chart of an incarnation has had an event. */
function look(incarnation: Pick<Incarnation, 'deadlines' | 'plan'>): void {
  const { host, deadlines, plan } = incarnation as Watched;
  const { supervision, state } = host;
  if (state !== 'suspect') {
    if (supervision?.state === 'running.hedged') supervision.step({ type: 'cleared' });
    return;
  }
  const doubted = deadlines.evidence.probes > 1 && silences.get(incarnation) !== deadlines.pulse.heardAt;
  if (supervision?.state === 'running.kept' && doubted && mayHedge(plan))
    supervision.step({ type: 'doubted' });
}

/** The standby of one suspicion, from the request for its turn to its choice or its end. */
class Hedge implements Waiter {
  /** Plan of the dial: the next endpoint. */
  readonly plan: Plan;
  readonly request: number;
  /** Once its turn has come. */
  standby: Standby | undefined;
  readonly #supervision: Supervision;
  readonly #host: Host;
  readonly #port: Surroundings;
  #dialledAt = 0;

  constructor(supervision: Supervision, host: Host, port: Surroundings) {
    this.#supervision = supervision;
    this.#host = host;
    this.#port = port;
    this.plan = supervision.plan.beside?.() ?? supervision.plan;
    this.request = port.nextRequest();
  }

  /** Always the last action of a step, as that of a dial without a standby. */
  ask(): void {
    const { gates, offline } = this.#port;
    const { current } = this.#supervision;
    gates.move(undefined, this.plan.endpointKey);
    // No network: the next probe may ask again.
    if (offline.msFor(this.plan.endpointKey) > 0) return this.#raise({ type: 'cleared' });
    if (current !== undefined) silences.set(current, current.deadlines.pulse.heardAt);
    this.#port.carryOut(gates.request(this, false));
  }

  // --- what the gate decides

  admitted(): void {
    this.#port.admit(this.#host.id, this.request);
  }

  /** Deferred: it waits in the queue of the gate, for as long as the suspicion lasts. */
  step(): void {}

  /** The turn of the dial has come. */
  begin(): void {
    const { timekeeper } = this.#port;
    this.#dialledAt = timekeeper.now();
    const aside = new Aside(this.#host, this.#number, (exit) => this.#ended(exit));
    this.standby = new Standby(this.#supervision.plan, aside, timekeeper, {
      route: this.plan,
      connection: this.#host,
      proved: () => this.#raise({ type: 'standby-proved' }),
    });
    this.#publish('dialled');
  }

  /** The suspicion has ended, or the standby has, as the event tells. */
  settle(event: SupervisionEvent): void {
    const { standby } = this;
    const { gates } = this.#port;
    hedges.delete(this.#supervision);
    if (event.type === 'standby-proved' && standby !== undefined) return this.#choose(standby);
    const failure = event.type === 'standby-failed' ? event.exit : undefined;
    this.#port.carryOut(
      failure === undefined ? gates.cancel(this) : gates.onExit(this, this.plan.dialledKey, failure),
    );
    gates.move(this.plan.endpointKey, undefined);
    if (standby === undefined) return;
    this.#publish(failure === undefined ? 'dropped' : 'failed', failure);
    // The actor of a supervisor that was stopped from outside hears of no end.
    if (event.type === 'abandon') standby.release();
    else end(standby, { type: 'close' });
  }

  /** No way back: the incarnation ends without an exit of its id. */
  #choose(standby: Standby): void {
    const { gates } = this.#port;
    const supervision = this.#supervision;
    const { plan, current } = supervision;
    this.#publish('chosen');
    // The host has answered: what follows at that host teaches the gate as for any incarnation.
    this.#port.carryOut(gates.connected(this));
    if (current !== undefined) this.#replace(current);
    gates.move(plan.endpointKey, undefined);
    plan.take?.(this.plan);
    supervision.incarnation = this.#number;
    supervision.current = standby;
    standby.choose();
  }

  /** The gate forgets that its peer is proved, and counts no failure. */
  #replace(incarnation: Incarnation): void {
    const { gates } = this.#port;
    const { dialledKey } = incarnation.plan;
    incarnation.host = new Replaced(this.#host, this.#host.incarnation, (exit) => {
      strays.add(exit);
      this.#port.carryOut(gates.onExit(this.#supervision, dialledKey, exit));
    });
    end(incarnation, { type: 'failed', reason: 'replaced', detail: 'a standby took its place' });
  }

  #ended(exit: Exit): void {
    strays.add(exit);
    this.#raise({ type: 'standby-failed', exit });
  }

  /** Events that come late, after the choice or the end, are not raised. */
  #raise(event: SupervisionEvent): void {
    if (hedges.get(this.#supervision) === this) this.#supervision.step(event);
  }

  get #number(): number {
    return this.#host.incarnation + 1;
  }

  #publish(to: StandbyEvent['to'], exit?: Exit): void {
    const { timekeeper, journal } = this.#port;
    const { reason, code, detail } = exit ?? {};
    const event = {
      event: 'standby',
      ...nameOf(this.#host),
      standby: this.#number,
      standbyUrl: this.plan.redactedUrl,
      to,
      afterMs: timekeeper.now() - this.#dialledAt,
      reason,
      code,
      detail,
    } as const;
    journal.publish(defined(event));
  }
}

/** Ends an incarnation at once, with its chart: no event of its socket finds it any more. */
function end(incarnation: Incarnation, event: ConnectionEvent): void {
  const { actor } = incarnation;
  actor?.send(event);
  if (incarnation.running) actor?.send({ type: 'socket-closed' });
}

/** The incarnation that an admitted request is of; undefined: its standby is not wanted any more. */
function begin(supervision: Supervision, request: number): Incarnation | undefined {
  const hedge = hedges.get(supervision);
  if (hedge?.request !== request) return undefined;
  hedge.begin();
  // A listener may have ended the hedge when it heard of the dial.
  return hedges.get(supervision) === hedge ? hedge.standby : undefined;
}

/** Performs an action that the supervision leaves to this part. */
function perform(
  action: SupervisionAction,
  supervision: Supervision,
  event: SupervisionEvent,
  host: Host,
  port: Surroundings,
): void {
  if (action === 'settle') return hedges.get(supervision)?.settle(event);
  const hedge = new Hedge(supervision, host, port);
  hedges.set(supervision, hedge);
  hedge.ask();
}

/** The part `hedging`: `reconnect.hedge` of the policy. */
export const hedging = { hedging: { look, begin, perform, isStray: (exit: Exit) => strays.has(exit) } };
