/** The meaning of errors of a client, and of the functions around it. */
import { describeThrown, type Failure, failureOf, isError, type Phase } from '../policy/exits.ts';
import { isRefused } from '../ports/protocol.ts';
import type { Adoption } from './adoption.ts';

/** Classes of errors that are mistakes in a program. Libraries of Node give theirs a code. */
const mistakes = /^(?:Type|Reference|Range|Syntax)Error$/;

/** Never throws: an exception of `failure` itself is `crashed`. */
export function failureFrom(
  error: unknown,
  phase: Phase,
  adoption: Pick<Adoption<never>, 'failure'>,
): Failure {
  if (isRefused(error)) return error.failure;
  try {
    const known = failureOf(error, phase);
    const isMistake = known.code === undefined && isError(error) && mistakes.test(error.name);
    return { ...known, ...(isMistake && { reason: 'crashed' }), ...adoption.failure?.(error) };
  } catch (thrown) {
    return { reason: 'crashed', detail: describeThrown(thrown), error: thrown };
  }
}
