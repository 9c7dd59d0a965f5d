import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { replaceFile } from '../../src/cli/replace-file.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'holdfast-'));

test('replaceFile makes a file, and leaves nothing else behind', () => {
  const within = folder();
  replaceFile(join(within, 'a'), 'text');
  expect(readFileSync(join(within, 'a'), 'utf8')).toBe('text');
  expect(readdirSync(within)).toEqual(['a']);
});

test('replaceFile replaces a file by another one, with its mode', () => {
  const file = join(folder(), 'a');
  writeFileSync(file, 'old', { mode: 0o600 });
  const before = statSync(file);
  replaceFile(file, 'new');
  expect(statSync(file).ino).not.toBe(before.ino);
  expect(statSync(file).mode).toBe(before.mode);
});

test('replaceFile writes through a link', () => {
  const within = folder();
  writeFileSync(join(within, 'real'), 'old');
  symlinkSync('real', join(within, 'link'));
  replaceFile(join(within, 'link'), 'new');
  expect(lstatSync(join(within, 'link')).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(within, 'real'), 'utf8')).toBe('new');
});

test('replaceFile leaves nothing behind when it fails', () => {
  const within = folder();
  mkdirSync(join(within, 'a'));
  expect(() => replaceFile(join(within, 'a'), 'text')).toThrow('EISDIR');
  expect(() => replaceFile(join(within, 'none', 'a'), 'text')).toThrow('ENOENT');
  expect(readdirSync(within)).toEqual(['a']);
});
