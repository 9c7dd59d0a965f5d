/** Storms for tests: a setting with what matters to the case, and one line to run it to its end. */

import { seeded } from '../../src/base/seeded.ts';
import type { Policy, PolicyConfig } from '../../src/config/policy.ts';
import { resolvePolicy } from '../../src/config/resolve.ts';
import { behaviorOf, type ClientBehavior } from '../../src/storm/behavior.ts';
import { behaviorOfKnown, knownClients } from '../../src/storm/known-clients.ts';
import { type Setting, Storm } from '../../src/storm/storm.ts';

/** 100,000 clients of a server that is down for a minute. */
export const setting: Setting = {
  clients: 100_000,
  processes: 100,
  outageMs: 60_000,
  capacity: 2000,
  queue: 5000,
  patienceMs: 10_000,
  silent: false,
  refusalCost: 0,
};

export function policy(config: PolicyConfig = {}): Policy {
  return resolvePolicy(config);
}

export const gated = behaviorOf('gated', policy());
export const ungated = behaviorOf('ungated', policy({ gate: { enabled: false } }));

export function knownClient(name: string): ClientBehavior {
  const found = knownClients.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`there is no knownClient ${name}`);
  return behaviorOfKnown(found);
}

export function storm(
  overrides: Partial<Setting>,
  behavior: ClientBehavior,
  random: number | (() => number) = 1,
) {
  const chance = typeof random === 'number' ? seeded(random) : random;
  const run = new Storm({ ...setting, ...overrides }, behavior, chance);
  while (run.advance());
  return { ...run.figures, ...run.course };
}
