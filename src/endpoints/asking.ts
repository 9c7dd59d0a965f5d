/** How the functions of a plan, which say where and how to dial, are asked before a dial. */
import { HoldfastError } from '../base/errors.ts';
import type { Failure } from '../policy/exits.ts';
import type { Plan } from './plan.ts';
import type { ProviderContext } from './providers.ts';

/** `ask` never rejects. */
export function askingBy(ask: (context: ProviderContext) => Promise<Failure | undefined>): Plan['prepare'] {
  return ({ incarnation, attempt }, answered) => {
    const abort = new AbortController();
    ask({ signal: abort.signal, incarnation, attempt }).then((failure) => {
      if (!abort.signal.aborted) answered(failure);
    });
    return () => {
      const message = 'the attempt ended before the URL, headers, protocols or credentials function answered';
      abort.abort(new HoldfastError('closed', message));
    };
  };
}
