/** Decisions after an exit or an end, computed from the state of a supervision. Nothing here changes it. */
import type { Plan } from '../../endpoints/plan.ts';
import type { Turns } from '../../endpoints/turns.ts';
import type { SupervisionEvent } from '../../machines/supervision.ts';
import type { Exit } from '../../policy/exits.ts';
import { type Because, type Decision, decide, type History, isStable } from '../../policy/restart.ts';
import type { Timekeeper } from '../../time/timekeeper.ts';

interface Surroundings {
  readonly timekeeper: Timekeeper;
  readonly gates: Turns;
}

/** The states in which the policy decides what follows the exit. */
export const decides = /kept|hedged/;

/** The decision of the policy about an exit. A hint counts only at the endpoint that gave it. */
export function decisionAfter(
  exit: Exit,
  plan: Plan,
  history: History,
  { timekeeper, gates }: Surroundings,
): Decision {
  const { reconnect } = plan.policy;
  const next = plan.endpointKeyAfter(isStable(exit, reconnect));
  const exitWithHintOfNext = next === plan.dialledKey ? exit : { ...exit, retryAfterMs: gates.heldMs(next) };
  const gated = gates.takesTurn(exit, next, plan);
  const { random } = timekeeper.clock;
  return decide(history, exitWithHintOfNext, reconnect, timekeeper.now(), random, gated);
}

/** The delay that an event asks for, and what for. */
export function delayOf(
  event: SupervisionEvent,
): { readonly delayMs: number; readonly because: Because } | undefined {
  if (event.type === 'exited') return event.decision?.kind === 'restart' ? event.decision : undefined;
  return event.type === 'policy-changed' && event.rewait !== 'expired' ? event.rewait : undefined;
}

/** The end of an id by an event. `last`: the exit before its wait. `at`: wall clock. */
export function endBy(
  event: SupervisionEvent,
  last: Exit | undefined,
  plan: Plan,
  at: number,
): { readonly exit: Exit; readonly because?: string } {
  switch (event.type) {
    case 'exited':
      return {
        exit: event.exit,
        ...(event.decision?.kind === 'give-up' && { because: event.decision.because }),
      };
    case 'due':
    case 'policy-changed':
      return { exit: last ?? neverDialled(plan, at), because: 'elapsed' };
    default:
      return { exit: closedByUs(at) };
  }
}

export function closedByUs(at: number): Exit {
  return { reason: 'closed-by-us', class: 'normal', at, livedMs: 0, proved: false };
}

function neverDialled({ endpointKey, policy }: Plan, at: number): Exit {
  const detail = `gave up after reconnect.maxElapsed (${policy.reconnect.maxElapsed} ms) while queued for ${endpointKey}`;
  return { ...closedByUs(at), reason: 'connect-timeout', class: 'retryable', detail };
}
