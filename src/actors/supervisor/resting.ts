/**
 * The part `rests`: lazy connections, which are dialled only while something wants them. The chart's state `resting` is
 * theirs alone; the time after which an unwanted connection closes is their `deadlines.idle`.
 */
import type { Plan } from '../../endpoints/plan.ts';
import type { Deadlines } from '../../liveness/deadlines.ts';
import type { Rest, SupervisionEvent, SupervisionState } from '../../machines/supervision.ts';
import type { Exit } from '../../policy/exits.ts';
import { freshHistory, type History, isStable } from '../../policy/restart.ts';
import type { Timekeeper } from '../../time/timekeeper.ts';

/** State of a connection that tells whether something wants it. */
export interface Wishes {
  /** Messages that wait. */
  readonly buffered: { readonly messages: number };
  /** A subscriber or a loop reads its messages. */
  readonly isRead: boolean;
  readonly plan: LazyPlan;
}

/** A lazy connection. */
interface Lazy extends Wishes {
  readonly timekeeper: Timekeeper;
  /** The running incarnation. */
  readonly current: { readonly deadlines: Deadlines } | undefined;
  readonly supervision: { readonly state: SupervisionState; step(event: { type: 'wanted' }): void };
}

type LazyPlan = Pick<Plan, 'policy' | 'config' | 'mode'> & { lazy?: boolean };

/** Milliseconds without a message before an unwanted connection closes, where the policy has none. */
const IDLE = 30_000;

/** By connection, the callers that wait for `ready()`. */
const callers = new WeakMap<Wishes, number>();

/** Wanted for itself, and not only until its messages have left. */
function isHeld(wishes: Wishes): boolean {
  return wishes.isRead || (callers.get(wishes) ?? 0) > 0;
}

/** Lazy, and nothing asks for a socket. */
function isUnwanted(wishes: Wishes): boolean {
  return wishes.plan.lazy === true && wishes.buffered.messages === 0 && !isHeld(wishes);
}

/** The decision about an exit that is no failure, of a connection that nothing wants; undefined: the policy decides. */
function restAfter({ reason, class: kind }: Exit, wishes: Wishes): Rest | undefined {
  const { restart } = wishes.plan.policy.reconnect;
  if (!isUnwanted(wishes) || reason === 'closed-by-us' || restart === 'temporary') return undefined;
  const rests = reason === 'idle-timeout' || (kind === 'normal' && restart === 'permanent');
  return rests ? { kind: 'rest' } : undefined;
}

/** The attempts at the beginning of a rest: the time since the first of them ends with it. */
function historyAfter(event: SupervisionEvent, history: History, { policy }: LazyPlan): History {
  const stable = event.type === 'exited' && isStable(event.exit, policy.reconnect);
  return stable ? freshHistory : { ...history, since: undefined };
}

/** A caller waits until the promise settles. */
function awaits(connection: Lazy, ready: Promise<void>): void {
  if (connection.plan.lazy !== true) return;
  const count = (more: number) => {
    callers.set(connection, (callers.get(connection) ?? 0) + more);
    reconsider(connection);
  };
  count(1);
  const done = () => count(-1);
  ready.then(done, done);
}

/** Something may want the connection that did not, or no longer. While it is held, no time ends it; the idle time begins when it is no longer held. */
function reconsider(connection: Lazy): void {
  const { current, plan, supervision, timekeeper } = connection;
  if (plan.lazy !== true) return;
  if (supervision.state === 'resting' && !isUnwanted(connection)) return supervision.step({ type: 'wanted' });
  if (current === undefined) return;
  const { mode, policy } = plan;
  const idle = isHeld(connection) ? null : idleOf(plan);
  current.deadlines.businessAt = timekeeper.now();
  current.deadlines.reconfigure({ mode, policy: { ...policy, deadlines: { ...policy.deadlines, idle } } });
}

function idleOf({ policy, config }: LazyPlan): number | null {
  return policy.deadlines.idle ?? (config?.deadlines?.idle === null ? null : IDLE);
}

/** The part `rests`: connections with `lazy`. */
export const rests = { rests: { isUnwanted, restAfter, historyAfter, awaits, reconsider } };
