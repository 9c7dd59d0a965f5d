/** The manual page, and the facts of `--version`. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { manPage } from '../../scripts/man-page.ts';
import { lacks } from '../support/programs.ts';
import { FakeIo } from './fake-io.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = `${root}man/holdfast.1`;

test('man/holdfast.1 is as generated; otherwise: npm run man', () => {
  expect(readFileSync(page, 'utf8')).toBe(manPage());
  expect(manifest.man).toBe('./man/holdfast.1');
  expect(manifest.files).toContain('man');
});

test('man/holdfast.1 has each command with its options, and the variables of the environment', () => {
  const text = manPage();
  for (const part of [
    '.SH "HOLDFAST WATCH"',
    '\\-\\-targets <file>',
    '.B HOLDFAST_CONFIG',
    '$ holdfast replay',
  ])
    expect(text).toContain(part);
  expect(text).not.toMatch(/[^\n -~]/);
});

test.skipIf(lacks('groff'))('man/holdfast.1 is without a warning of groff, where that is installed', () => {
  const { stdout, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww', page], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout).toContain('holdfast simulate policy.json');
});

test('holdfast --version names version, Node and platform, and the commit of a build from a clean checkout', async () => {
  const io = new FakeIo();
  expect(await io.run('--version')).toBe(0);
  const { node } = process.versions;
  expect(io.out).toBe(`holdfast ${manifest.version} (node v${node}, ${process.platform} ${process.arch})\n`);
  const { stdout } = spawnSync(process.execPath, [`${root}dist/cli/main.js`, '--version'], {
    encoding: 'utf8',
  });
  expect(stdout).toMatch(
    /^holdfast \d+\.\d+\.\d+ \((commit [0-9a-f]{12}, )?node v\d+\.\d+\.\d+, \w+ \w+\)\n$/,
  );
  const { commit } = JSON.parse(readFileSync(`${root}dist/build.json`, 'utf8')) as { commit?: string };
  expect(stdout.includes('commit')).toBe(commit !== undefined);
});
