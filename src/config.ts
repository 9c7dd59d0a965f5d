/** Policies as documents: read, checked and explained. Runs anywhere; nothing of Node. */

export { durationText, parseDuration } from './base/duration.ts';
export { ConfigError, type ConfigProblem } from './base/errors.ts';
export type { ResolvePolicy } from './config/merge.ts';
export { parsePolicy } from './config/parse.ts';
export {
  type BackoffConfig,
  backoffDefaults,
  type Duration,
  defaultPolicy,
  type Policy,
  type PolicyConfig,
  type ProfileName,
  profiles,
} from './config/policy.ts';
export { resolvePolicy } from './config/resolve.ts';
