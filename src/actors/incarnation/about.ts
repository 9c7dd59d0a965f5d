/** What a protocol is told when it opens a dialogue, and what its dialogues leave to the next one. */
import type { Plan } from '../../endpoints/plan.ts';
import { withoutUser } from '../../endpoints/schemes.ts';
import type { About } from '../../ports/protocol.ts';

/** By plan, the `resume` of the last agreement. A map of its own, as most protocols agree to nothing. */
const resumed = new WeakMap<Plan, unknown>();

export function aboutOf(plan: Plan, write: (chunk: unknown) => void): About {
  return {
    side: plan.side,
    policy: plan.policy,
    previous: resumed.get(plan),
    get url() {
      return withoutUser(plan.endpointUrl);
    },
    write,
  };
}

export function keepForNext(plan: Plan, resume: unknown): void {
  if (resume === undefined) resumed.delete(plan);
  else resumed.set(plan, resume);
}
