/** Policies as documents: read, checked and explained. Runs anywhere; nothing of Node. */

export { ConfigError, type ConfigProblem } from './base/errors.ts';
export { durationText, parseDuration } from './config/duration.ts';
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
