/** `schema/log-line.schema.json`: generated, published, and as strict as the tests that use it need. */
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { logLineSchema, withLineTables } from '../../../scripts/log-lines/schema.ts';
import { checkedLines, checkLine, writesLines } from '../../support/log-lines.ts';

const committed = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

test('schema/log-line.schema.json is as generated; otherwise: npm run schema', () => {
  expect(committed('schema/log-line.schema.json')).toBe(logLineSchema());
});

test('the tables of docs/log-lines.md are as generated; otherwise: npm run schema', () => {
  const page = committed('docs/log-lines.md');
  expect(page).toBe(withLineTables(page));
});

test.each(['docs/log-lines.md', 'docs/command-line.md'])('the samples of %s are such lines', (page) => {
  const samples = [...committed(page).matchAll(/```json\n(\{.*?\})\n```/gs)].map(([, sample = '']) => sample);
  const lines = samples.filter((sample) => /"event":/.test(sample));
  expect(lines).toHaveLength(1);
  for (const line of lines) checkLine(line);
});

describe('a line that the schema does not have', () => {
  const left = {
    time: 1,
    level: 30,
    event: 'left',
    connection: 'a',
    incarnation: 1,
    url: 'u',
    reason: 'reset',
  };

  test('is one of these', () => {
    checkLine(JSON.stringify(left));
    checkLine(JSON.stringify({ time: 1, level: 50, err: { message: 'x' }, where: 'onMessage', msg: 'x' }));
  });

  test.each<[why: string, line: object, said: string]>([
    ['another event', { ...left, event: 'gone' }, 'no event gone'],
    ['a field more', { ...left, token: 'x' }, 'must NOT have additional properties'],
    ['a field less', { ...left, url: undefined }, "must have required property 'url'"],
    ['another type', { ...left, incarnation: '1' }, 'line/incarnation must be integer'],
    ['another word', { ...left, reason: 'bored' }, 'line/reason must be equal to one of the allowed values'],
    ['another level', { ...left, level: 40 }, 'line/level must be equal to one of the allowed values'],
    ['no event and no exception', { time: 1, level: 30, msg: 'x' }, "must have required property 'err'"],
  ])('%s', (_why, line, said) => {
    expect(() => checkLine(JSON.stringify(line))).toThrow(said);
  });
});

test('the output of a process is passed on as it is, and ends with the first line that does not fit', async () => {
  const line = '{"time":1,"level":30,"event":"configured","msg":"policy ü"}\n';
  const chunks = [...Buffer.from(line + line)].map((byte) => Buffer.of(byte));
  expect(await text(checkedLines(Readable.from(chunks)))).toBe(line + line);
  await expect(text(checkedLines(Readable.from([line, '{"event":"x"}\n'])))).rejects.toThrow('no event x');
  expect(['watch', 'send', 'serve'].map((command) => writesLines([command]))).toEqual([true, false, true]);
  expect(writesLines(['watch', '--format', 'pretty'])).toBe(false);
});
