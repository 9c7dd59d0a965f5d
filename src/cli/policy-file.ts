/** A policy in a file: each problem is reported with its line. */
import type { Policy, PolicyConfig } from '../config/policy.ts';
import { resolvePolicy } from '../config/resolve.ts';
import { type DialSection, sectionProblems } from './dial/section.ts';
import { documentOf, type LocatedProblem } from './json-document.ts';
import { collecting } from './problems.ts';

export interface PolicyFile {
  readonly config: PolicyConfig;
  /** Headers, tokens and TLS of all dials: beside the policy in the file, and no part of it. */
  readonly dial: DialSection | undefined;
  /** The config merged over the defaults. */
  readonly policy: Policy;
}

/** The policy in `text`, or all its problems. */
export function policyOf(text: string): PolicyFile | readonly LocatedProblem[] {
  const document = documentOf(text, 'a policy');
  if (!('locate' in document)) return [document];
  const { value, repeated, locate } = document;
  const { policy: config, dial } = partsOf(value);
  const problems = [...repeated, ...sectionProblems(dial)];
  const policy = collecting(problems, () => resolvePolicy(config));
  if (policy === undefined || problems.length > 0)
    return problems.map(locate).sort((a, b) => a.line - b.line);
  return { config, policy, dial: dial as DialSection | undefined };
}

/** A document that is no object has no parts, and is refused as a policy. */
function partsOf(document: unknown): { readonly policy: PolicyConfig; readonly dial: unknown } {
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    return { policy: document as PolicyConfig, dial: undefined };
  const { dial, ...policy } = document as PolicyConfig & { readonly dial?: unknown };
  return { policy, dial };
}
