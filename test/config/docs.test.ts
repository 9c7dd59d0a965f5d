/** The page `docs/policy.md` agrees with the code. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pictures } from '../../scripts/schedule-drawing.ts';
import { parseDuration } from '../../src/base/duration.ts';
import { backoffDefaults, defaultPolicy, profiles } from '../../src/config/policy.ts';
import { leavesOf, pick, problemsOf } from './documents.ts';

const docs = new URL('../../docs/', import.meta.url);
const page = readFileSync(new URL('policy.md', docs), 'utf8');

/** The cells of the row for an option, in the section of its group. */
function row(path: string): string[] {
  const [group = '', ...rest] = path.split('.');
  const section = page.split(/^## /m).find((each) => each.startsWith(`\`${group}\``)) ?? '';
  const line = section.split('\n').find((each) => each.startsWith(`| \`${rest.join('.')}\``)) ?? '';
  return line.split('|').map((cell) => cell.trim());
}

const paths = leavesOf(defaultPolicy).filter((path) => !path.startsWith('reconnect.backoff.'));

test.each(paths)('docs/policy.md: the default of %s is that of the policy', (path) => {
  const [, , cell = ''] = row(path);
  const written = cell.replaceAll('`', '');
  const value = pick(defaultPolicy, path);
  const meant = typeof value === 'number' ? (parseDuration(written) ?? Number(written)) : written;
  expect(meant).toEqual(
    typeof value === 'number' ? value : typeof value === 'string' ? value : JSON.stringify(value),
  );
});

test('docs/policy.md: every type of backoff and every profile has a row', () => {
  for (const name of [...Object.keys(backoffDefaults), ...Object.keys(profiles)]) {
    expect(page).toMatch(new RegExp(`^\\| \`${name}\``, 'm'));
  }
});

describe('docs/policy.md', () => {
  const blocks = [...page.matchAll(/^```json\n(.*?)^```/gms)].map(([, json = '']) => json);
  const inline = [...page.matchAll(/`(\{[^`]+\})`/g)].map(([, json = '']) => json);
  const recipes = [...blocks, ...inline.filter((json) => json.includes(':'))].map((json) => JSON.parse(json));

  test('docs/policy.md: more than five recipes are found', () => {
    expect(recipes.length).toBeGreaterThan(5);
  });

  test.each(recipes)('docs/policy.md: the recipe %j is valid', (recipe) => {
    const keys = Object.keys(recipe);
    const whole = keys.every((key) => key in defaultPolicy || key === 'profile' || key === '$schema');
    const part =
      'type' in recipe
        ? { backoff: recipe }
        : 'unauthorized' in recipe
          ? { classes: recipe }
          : '4004' in recipe
            ? { codes: recipe }
            : recipe;
    expect(problemsOf(whole ? recipe : { reconnect: part })).toEqual([]);
  });
});

test.each(Object.entries(pictures))('docs/%s is as drawn; otherwise: npm run pictures', (file, draw) => {
  expect(readFileSync(new URL(file, docs), 'utf8')).toBe(draw());
});
