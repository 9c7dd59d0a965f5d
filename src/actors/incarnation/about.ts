/** The facts that a protocol is told when it opens a dialogue. */
import type { Plan } from '../../endpoints/plan.ts';
import type { About } from '../../ports/protocol.ts';

/** `previous`: what the last incarnation left. */
export function aboutOf(
  plan: Plan,
  previous: unknown,
  { write, warn }: Pick<About, 'write' | 'warn'>,
): About {
  const { side, policy } = plan;
  return {
    side,
    policy,
    previous,
    get url() {
      const url = new URL(plan.endpointUrl);
      url.username = url.password = '';
      return url;
    },
    write,
    warn,
  };
}
