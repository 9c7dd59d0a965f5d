/** `docs/environments.md` shows the table of environments, and each row has a test. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { environments } from './environments/support/table.ts';

const cellsOf = (row: string) =>
  row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

test('docs: docs/environments.md has the rows of the table, and no others', () => {
  const page = readFileSync(new URL('../docs/environments.md', import.meta.url), 'utf8');
  const [, , ...rows] = page.split('\n').filter((line) => line.startsWith('|'));
  expect(rows.map(cellsOf)).toEqual(environments.map(({ name, tested, works }) => [name, tested, works]));
});

test.each(environments)('docs: the environment $name is run by $test', ({ test: file }) => {
  expect(existsSync(new URL(file, import.meta.url))).toBe(true);
});
