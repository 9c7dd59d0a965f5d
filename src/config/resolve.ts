/** Reads a configuration over the policy that it changes, and describes each mistake in full. */
import { ConfigError, type ConfigProblem } from '../base/errors.ts';
import { policyOver } from './merge.ts';
import { checkOrder, problemsOf } from './parse.ts';
import { defaultPolicy, type Policy, type PolicyConfig } from './policy.ts';

/**
 * The policy that `config` describes, over its profile, over `base`. Throws `ConfigError` with every
 * problem: path, value, and the expectation.
 */
export function resolvePolicy(config: PolicyConfig = {}, base: Policy = defaultPolicy): Policy {
  const problems = [...problemsOf(config)];
  const merging: ConfigProblem[] = [];
  const policy = policyOver(config, base, merging);
  // The merge finds the problems of the document again, in fewer words. By itself it finds those between layers.
  problems.push(...(problems.length > 0 ? contradictions(policy, problems) : merging));
  if (problems.length > 0) throw new ConfigError(problems);
  return policy;
}

/** Durations below their floor, except in groups with another problem: a bound that is wrong itself compares to nothing. */
function contradictions(policy: Policy, known: readonly ConfigProblem[]): readonly ConfigProblem[] {
  const groups = new Set(known.map(({ path }) => groupOf(path)));
  const found: ConfigProblem[] = [];
  checkOrder(policy, found);
  return found.filter(({ path }) => !groups.has(groupOf(path)));
}

function groupOf(path: string): string {
  return path.slice(0, path.lastIndexOf('.'));
}
