/** From what a user wrote to a policy in milliseconds, with everything said about what is wrong with it. */
import { ConfigError, type ConfigProblem } from '../base/errors.ts';
import { checkOrder, policyOver } from './merge.ts';
import { problemsOf } from './parse.ts';
import { defaultPolicy, type Policy, type PolicyConfig } from './policy.ts';

/**
 * The policy that `config` describes, over its profile, over `base`. Throws `ConfigError` with every
 * problem: path, value, and what was expected.
 */
export function resolvePolicy(config: PolicyConfig = {}, base: Policy = defaultPolicy): Policy {
  const problems = [...problemsOf(config)];
  const merging: ConfigProblem[] = [];
  const policy = policyOver(config, base, merging);
  // The merge finds the same mistakes again, with less to say; alone it finds what the layers do not allow.
  if (problems.length === 0) problems.push(...merging);
  const contradictions: ConfigProblem[] = [];
  checkOrder(policy.heartbeat.suspectAfter, policy.reconnect.backoff, contradictions);
  const known = new Set(problems.map(({ path }) => groupOf(path)));
  problems.push(...contradictions.filter(({ path }) => !known.has(groupOf(path))));
  if (problems.length > 0) throw new ConfigError(problems);
  return policy;
}

/** Where one of two bounds is wrong in itself, there is nothing to compare. */
function groupOf(path: string): string {
  return path.slice(0, path.lastIndexOf('.'));
}
