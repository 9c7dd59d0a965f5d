/** A policy and its effects as data: values, detection times, retry schedule, decisions after exits. */
import { defaultPolicy, type Policy, type PolicyConfig } from '../../config/policy.ts';
import type { AnyProtocol } from '../../endpoints/place.ts';
import { modeOf } from '../../endpoints/plan.ts';
import { type Watch, worstCaseDetection, worstCaseSuspicion } from '../../policy/detection.ts';
import { type Exit, type ExitClass, type ExitReason, reasonClasses } from '../../policy/exits.ts';
import { blamedBy } from '../../policy/gate.ts';
import { type Because, type Decision, decide, freshHistory } from '../../policy/restart.ts';
import type { HeartbeatMode } from '../../ports/protocol.ts';
import { type Step, scheduleOf } from './schedule.ts';

/** Durations in milliseconds; `null`: never, or off. */
export interface Report {
  readonly profile: string | undefined;
  readonly policy: Policy;
  /** Paths of the values that differ from the defaults. A backoff of another type differs as a whole. */
  readonly changed: readonly string[];
  readonly detection: readonly Detection[];
  readonly schedule: readonly Step[];
  readonly exits: readonly Verdict[];
  readonly protocol?: Modes;
}

/** How a protocol takes part in heartbeats under the policy, by side; `null`: not at all. */
export interface Modes {
  readonly name: string;
  readonly dial: HeartbeatMode | null;
  readonly accept: HeartbeatMode | null;
}

/** The longest that a dead peer can go unnoticed. */
export interface Detection {
  readonly watch: Watch;
  readonly suspectMs: number | null;
  readonly condemnMs: number | null;
}

/** The decision after a first exit for this reason. */
export interface Verdict {
  readonly reason: ExitReason;
  readonly class: ExitClass;
  /** Whether the policy moves the reason to another class. */
  readonly moved: boolean;
  readonly decision: Decision['kind'];
  readonly because: Because | Exclude<Decision, { kind: 'restart' }>['because'];
}

const ATTEMPTS = 15;

const watches: readonly Watch[] = ['probe', 'listen', 'exchange', 'announce', 'write'];

export function reportOf({ profile }: PolicyConfig, policy: Policy): Report {
  const limits = { ...policy.heartbeat, write: policy.deadlines.write };
  return {
    profile,
    policy,
    changed: differences(policy, defaultPolicy, ''),
    detection: watches.map((watch) => ({
      watch,
      suspectMs: finite(worstCaseSuspicion(watch, limits)),
      condemnMs: finite(worstCaseDetection(watch, limits)),
    })),
    schedule: policy.reconnect.restart === 'temporary' ? [] : scheduleOf(policy.reconnect, ATTEMPTS),
    exits: (Object.keys(reasonClasses) as ExitReason[]).map((reason) => verdictOn(reason, policy)),
  };
}

/** Throws `ConfigError` for a mode that the protocol does not have. */
export function modesOf(protocol: AnyProtocol, policy: Policy): Modes {
  return {
    name: protocol.name,
    dial: modeOf(protocol, policy, 'dial') ?? null,
    accept: modeOf(protocol, policy, 'accept') ?? null,
  };
}

function verdictOn(reason: ExitReason, { reconnect, gate }: Policy): Verdict {
  const exitClass = reconnect.classes[reason] ?? reasonClasses[reason];
  const exit: Exit = { reason, class: exitClass, at: 0, livedMs: 0, proved: false };
  const gated = gate.enabled && blamedBy(exit) !== undefined;
  const { kind, because } = decide(freshHistory, exit, reconnect, 0, () => 0, gated);
  return { reason, class: exitClass, moved: exitClass !== reasonClasses[reason], decision: kind, because };
}

/** Paths of the values that differ; a list differs as a whole. */
function differences(own: object, other: object, prefix: string): readonly string[] {
  const theirs = other as Readonly<Record<string, unknown>>;
  return Object.entries(own).flatMap(([key, value]) => {
    const path = prefix + key;
    const tree = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (tree) return differences(value, (theirs[key] ?? {}) as object, `${path}.`);
    return JSON.stringify(value) === JSON.stringify(theirs[key]) ? [] : [path];
  });
}

function finite(ms: number): number | null {
  return Number.isFinite(ms) ? ms : null;
}
