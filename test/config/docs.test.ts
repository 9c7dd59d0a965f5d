/** What `docs/policy.md` says is what the code does. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pictures } from '../../scripts/schedule-drawing.ts';
import { parseDuration } from '../../src/config/duration.ts';
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

test.each(paths)('the default of %s', (path) => {
  const [, , cell = ''] = row(path);
  const written = cell.replaceAll('`', '');
  const value = pick(defaultPolicy, path);
  const meant = typeof value === 'number' ? (parseDuration(written) ?? Number(written)) : written;
  expect(meant).toEqual(
    typeof value === 'number' ? value : typeof value === 'string' ? value : JSON.stringify(value),
  );
});

test('every type of backoff has its row, and every profile', () => {
  for (const name of [...Object.keys(backoffDefaults), ...Object.keys(profiles)]) {
    expect(page).toMatch(new RegExp(`^\\| \`${name}\``, 'm'));
  }
});

describe('a recipe', () => {
  const blocks = [...page.matchAll(/^```json\n(.*?)^```/gms)].map(([, json = '']) => json);
  const inline = [...page.matchAll(/`(\{[^`]+\})`/g)].map(([, json = '']) => json);
  const recipes = [...blocks, ...inline.filter((json) => json.includes(':'))].map((json) => JSON.parse(json));

  test('there are some', () => {
    expect(recipes.length).toBeGreaterThan(5);
  });

  test.each(recipes)('is valid: %j', (recipe) => {
    const keys = Object.keys(recipe);
    const whole = keys.every((key) => key in defaultPolicy || key === 'profile' || key === '$schema');
    const part =
      'type' in recipe ? { backoff: recipe } : 'unauthorized' in recipe ? { classes: recipe } : recipe;
    expect(problemsOf(whole ? recipe : { reconnect: part })).toEqual([]);
  });
});

test.each(Object.entries(pictures))(
  '%s is what the code draws; otherwise: npm run pictures',
  (file, draw) => {
    expect(readFileSync(new URL(file, docs), 'utf8')).toBe(draw());
  },
);
