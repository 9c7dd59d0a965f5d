/** The JSON Schema of `--targets`, beside what the command itself accepts. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { targetsSchema } from '../../../scripts/json-schema.ts';
import type { ConfigProblem } from '../../../src/base/errors.ts';
import { readTargets } from '../../../src/cli/watch/targets-file.ts';

const file = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const accepts = new Ajv({ strict: false }).compile(JSON.parse(targetsSchema()));
const folder = mkdtempSync(join(tmpdir(), 'holdfast-'));

/** Whether `watch --targets` takes the list. */
function isTaken(targets: unknown): boolean {
  const path = join(folder, 'targets.json');
  writeFileSync(path, JSON.stringify(targets));
  writeFileSync(join(folder, 'acme.json'), '{}');
  const problems: ConfigProblem[] = [];
  readTargets(path, problems);
  return problems.length === 0;
}

test('schema/targets.schema.json is as generated; otherwise: npm run schema', () => {
  expect(file('schema/targets.schema.json')).toBe(targetsSchema());
});

test('targets schema: accepts the list of docs/command-line.md', () => {
  const [, example = ''] =
    /## Targets[\s\S]*?```json\n([\s\S]*?)```/.exec(file('docs/command-line.md')) ?? [];
  expect(accepts(JSON.parse(example))).toBe(true);
});

const url = 'tcp://h:1';

test.each<[what: string, targets: unknown, taken: boolean]>([
  ['a URL alone', [{ url }], true],
  [
    'every key',
    [{ id: 'a', url, protocol: 'line', policy: {}, labels: { a: 'b' }, dial: { token: 'env:T' } }],
    true,
  ],
  ['a policy in a file', [{ url, policy: 'acme.json' }], true],
  ['a policy with a mistake', [{ url, policy: { profile: 'moon' } }], false],
  ['an object', { url }, false],
  ['an empty list', [], false],
  ['a target without a URL', [{ id: 'a' }], false],
  ['a text', ['tcp://h:1'], false],
  ['a key that nothing reads', [{ url, lables: {} }], false],
  ['an empty id', [{ url, id: '' }], false],
  ['a blank id', [{ url, id: ' ' }], false],
  ['a long id', [{ url, id: 'x'.repeat(201) }], false],
  ['an id that runs backwards', [{ url, id: 'a\u202eb' }], false],
  ['a label that is no text', [{ url, labels: { a: 1 } }], false],
  ['a part of dial that is none', [{ url, dial: { tokn: 'x' } }], false],
])('targets schema: says of %s what the command says', (_, targets, taken) => {
  expect({ schema: accepts(targets), command: isTaken(targets) }).toEqual({ schema: taken, command: taken });
});
