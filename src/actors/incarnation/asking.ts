/** How the functions of a plan, which say where and how to dial, are asked before a dial. */
import { HoldfastError } from '../../base/errors.ts';
import type { Plan } from '../../endpoints/plan.ts';
import type { Failure } from '../../policy/exits.ts';
import type { IncarnationHost } from './host.ts';

/** `answered` is not called once the returned controller aborts. Undefined: the plan has no functions. */
export function ask(
  plan: Plan,
  { incarnation, attempt }: Pick<IncarnationHost, 'incarnation' | 'attempt'>,
  answered: (failure: Failure | undefined) => void,
): AbortController | undefined {
  if (plan.prepare === undefined) return undefined;
  const abort = new AbortController();
  plan.prepare({ signal: abort.signal, incarnation, attempt }).then((failure) => {
    if (!abort.signal.aborted) answered(failure);
  });
  return abort;
}

/** The attempt is over, and the functions have not answered. */
export function abandon(asking: AbortController): void {
  const message = 'the attempt ended before the URL, headers, protocols or credentials function answered';
  asking.abort(new HoldfastError('closed', message));
}
