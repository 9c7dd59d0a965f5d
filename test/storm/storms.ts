/** Storms for tests: a setting with what matters to the case, and one line to run it to its end. */

import { seeded } from '../../src/base/seeded.ts';
import type { Policy, PolicyConfig } from '../../src/config/policy.ts';
import { resolvePolicy } from '../../src/config/resolve.ts';
import { type Conduct, conductOf } from '../../src/storm/conduct.ts';
import { conductOfRival, rivals } from '../../src/storm/rivals.ts';
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

export const gated = conductOf('gated', policy());
export const ungated = conductOf('ungated', policy({ gate: { enabled: false } }));

export function rival(name: string): Conduct {
  const found = rivals.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`there is no rival ${name}`);
  return conductOfRival(found);
}

export function storm(overrides: Partial<Setting>, conduct: Conduct, random: number | (() => number) = 1) {
  const chance = typeof random === 'number' ? seeded(random) : random;
  const run = new Storm({ ...setting, ...overrides }, conduct, chance);
  while (run.advance());
  return { ...run.figures, ...run.course };
}
