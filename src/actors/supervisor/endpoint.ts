/** The endpoint of the next incarnation. */
import type { Plan } from '../../endpoints/plan.ts';
import type { SupervisionEvent } from '../../machines/supervision.ts';
import { isStable } from '../../policy/restart.ts';
import type { SupervisorPort } from './port.ts';

/**
 * Chooses after an exit, or for `reconnect()`, and returns the plan that knows the choice: that of `successor` when
 * another spec follows. `next`: the endpoint after the one in use.
 */
export function planAfter(
  event: SupervisionEvent,
  plan: Plan,
  successor: Plan | undefined,
  next: boolean,
  port: Pick<SupervisorPort, 'gates' | 'journal' | 'policyFor'>,
): Plan {
  const { endpointKey, policy } = plan;
  const chosen = successor ?? plan;
  // The supervisor may have another policy since the spec was given.
  if (successor !== undefined) {
    const { config } = successor;
    port.journal.shield('configure', () => successor.configure(config, port.policyFor(config ?? {})));
  } else if (event.type === 'exited') plan.onExit(event.exit, isStable(event.exit, policy.reconnect), next);
  if (next && (successor !== undefined || event.type !== 'exited')) chosen.moveOn?.();
  port.gates.move(endpointKey, chosen.endpointKey);
  return chosen;
}
