/** Everything that is generated from the policy table is committed as it is generated, and fits the values. */
import { readFileSync } from 'node:fs';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { withTables } from '../../scripts/policy-page.ts';
import { policyTypes } from '../../scripts/policy-types.ts';
import type { GroupValue } from '../../src/config/kinds.ts';
import { backoffDefaults, type Policy } from '../../src/config/policy.ts';
import { backoffTypes, policyTable } from '../../src/config/table.ts';
import type { BackoffPolicy } from '../../src/policy/backoff.ts';
import type { ReconnectPolicy } from '../../src/policy/restart.ts';
import { leavesOf } from './documents.ts';

const committed = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('policy table', () => {
  test('src/config/policy-types.ts is as generated; otherwise: npm run schema', () => {
    expect(committed('src/config/policy-types.ts')).toBe(policyTypes());
  });

  test('the tables of docs/policy.md are as generated; otherwise: npm run schema', () => {
    const page = committed('docs/policy.md');
    expect(page).toBe(withTables(page));
  });

  test('the type of a policy is the type of the table', () => {
    expectTypeOf<Policy>().toExtend<GroupValue<typeof policyTable>>();
    expectTypeOf<GroupValue<typeof policyTable>>().toExtend<Policy>();
    expectTypeOf<keyof Policy>().toEqualTypeOf<keyof typeof policyTable>();
  });

  test('the formulas of src/policy take the backoff and reconnect parts of a policy', () => {
    expectTypeOf<Policy['reconnect']['backoff']>().toExtend<BackoffPolicy>();
    expectTypeOf<BackoffPolicy>().toExtend<Policy['reconnect']['backoff']>();
    expectTypeOf<Policy['reconnect']>().toExtend<ReconnectPolicy>();
  });

  test('every floor is a leaf above it in the same group', () => {
    const groups = [policyTable.heartbeat.suspectAfter, ...Object.values(backoffTypes)];
    const floors = groups.flatMap((group) => {
      const keys = Object.keys(group);
      return Object.entries(group).flatMap(([key, leaf]) =>
        'floor' in leaf ? [[leaf.floor, keys.indexOf(leaf.floor) < keys.indexOf(key)]] : [],
      );
    });
    expect(floors).toEqual([
      ['min', true],
      ['base', true],
      ['base', true],
    ]);
    expect(leavesOf(policyTable).filter((path) => path.endsWith('.floor'))).toHaveLength(3);
  });

  test('docs/policy.md has the defaults of each type of backoff', () => {
    const page = committed('docs/policy.md');
    for (const [type, defaults] of Object.entries(backoffDefaults)) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${type}\``));
      for (const key of Object.keys(defaults)) if (key !== 'type') expect(row).toContain(`\`${key}\``);
    }
  });
});
