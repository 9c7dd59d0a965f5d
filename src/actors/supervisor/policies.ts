/** The part `policies`: other policies while connections run. */
import { defaultPolicy, type Policy, type PolicyConfig } from '../../config/policy.ts';
import type { GateDecision } from '../../endpoints/endpoint-gate.ts';
import type { Defaults } from '../../endpoints/place.ts';
import { modeOf, type Plan } from '../../endpoints/plan.ts';
import type { Turns } from '../../endpoints/turns.ts';
import type { Deadlines } from '../../liveness/deadlines.ts';
import type { SupervisionState } from '../../machines/supervision.ts';
import { type Backoff, backoffAt, sameBackoff } from '../../policy/backoff.ts';
import type { History, ReconnectPolicy } from '../../policy/restart.ts';
import { type Redrawn, type Rewait, rewaited } from '../../policy/rewait.ts';
import type { Timekeeper } from '../../time/timekeeper.ts';
import type { Steps } from './steps.ts';
import type { Wait } from './wait.ts';

/** An object whose policy `configure` replaces. */
export type Configured = Pick<Plan, 'protocol' | 'config' | 'side' | 'configure'>;

/** A connection, as far as its policy is concerned. */
interface Connected {
  readonly plan: Configured;
  readonly supervision: { replace(config: PolicyConfig | undefined, policy: Policy): void };
}

/** A supervision, as far as it waits. */
interface Waiting {
  readonly state: SupervisionState;
  readonly wait: Wait | undefined;
  readonly plan: Pick<Plan, 'policy'>;
}

/** The supervisor whose policy is replaced. */
interface Surroundings {
  readonly known: Defaults;
  readonly records: ReadonlyMap<string, Connected>;
  /** Absent where nothing is accepted. */
  readonly acceptors?: readonly Configured[];
  readonly steps: Steps;
  readonly gates: Turns;
  readonly journal: { publish(event: { readonly event: 'configured' }): void };
  carryOut(decisions: readonly GateDecision[]): void;
}

/** Replaces the policy below those of connections and acceptors. Throws `ConfigError`, with nothing changed. */
function configureAll(config: PolicyConfig, port: Surroundings): void {
  const { known, acceptors = [] } = port;
  const { resolvePolicy } = known;
  const connections = [...port.records.values()];
  const policy = resolvePolicy(config, defaultPolicy);
  const resolved = new Map<PolicyConfig | undefined, Policy>();
  const over = (own: PolicyConfig | undefined) => {
    const policyOver = resolved.get(own) ?? resolvePolicy(own ?? {}, policy);
    resolved.set(own, policyOver);
    return policyOver;
  };
  for (const { plan } of connections) modeOf(plan.protocol, over(plan.config), plan.side);
  for (const { protocol, config: own, side } of acceptors) modeOf(protocol, over(own), side);
  const before = known.policy;
  known.policy = policy;
  port.steps.run(() => {
    for (const acceptor of acceptors) acceptor.configure(acceptor.config, over(acceptor.config));
    for (const { plan, supervision } of connections) supervision.replace(plan.config, over(plan.config));
    port.carryOut(port.gates.shorten(policy, before));
    port.journal.publish({ event: 'configured' });
  });
}

/** Another policy holds for a connection, and for its incarnation: what becomes of its failures and its wait. */
function replaced(
  supervision: Waiting & {
    readonly plan: Plan;
    readonly current: { readonly deadlines: Deadlines } | undefined;
  },
  config: PolicyConfig | undefined,
  policy: Policy,
  history: History,
  timekeeper: Timekeeper,
): ReturnType<typeof changedBy> {
  const { current, plan } = supervision;
  const before = plan.policy.reconnect;
  plan.configure(config, policy);
  current?.deadlines.reconfigure(plan);
  return changedBy(before, supervision, history, timekeeper);
}

/**
 * The wait and the failures of a supervision whose plan has another policy than `before`. The next wait of a connection that
 * dials now has the new delay too.
 */
function changedBy(
  before: ReconnectPolicy,
  { state, wait, plan }: Waiting,
  history: History,
  timekeeper: Timekeeper,
): { readonly history: History; readonly rewait: Rewait } {
  const { gate, reconnect: after } = plan.policy;
  const { random } = timekeeper.clock;
  // The gate was switched off at which it waits.
  const offGate = state === 'queued.at-gate' && !gate.enabled;
  const redrawn = redrawnBackoff(offGate, history, before, after, random);
  return {
    history: redrawn && history.backoff ? { ...history, backoff: redrawn.next } : history,
    rewait: wait && rewaitOf(wait, offGate, redrawn, history.since, before, after, timekeeper.now(), random),
  };
}

/** A delay drawn anew by another policy, and the one it stands for. Undefined: the same backoff. */
function redrawnBackoff(
  offGate: boolean,
  { attempt, backoff: drawn }: History,
  before: ReconnectPolicy,
  { backoff }: ReconnectPolicy,
  random: () => number,
): (Redrawn & { readonly next: Backoff }) | undefined {
  if (!offGate && sameBackoff(backoff, before.backoff)) return undefined;
  const beforeMs = drawn?.delayMs ?? 0;
  const next = backoffAt(backoff, Math.max(1, attempt), beforeMs, random);
  return { beforeMs, delayMs: next.delayMs, next };
}

function rewaitOf(
  { because, at, until }: Wait,
  offGate: boolean,
  redrawn: Redrawn | undefined,
  since: number | undefined,
  before: ReconnectPolicy,
  after: ReconnectPolicy,
  now: number,
  random: () => number,
): Rewait {
  const kind = offGate ? 'gate' : because;
  if (kind === 'start' || kind === 'offline' || (kind === 'gate' && !offGate)) return undefined;
  const waiting = { because: kind, at, until, since: since ?? now };
  return rewaited(waiting, redrawn, before, after, now, random);
}

/** Policies that change while connections run, and what becomes of waits that are under way. */
export const policies = { policies: { configureAll, replaced } };
