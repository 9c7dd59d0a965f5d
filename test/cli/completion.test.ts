/** `holdfast completion`: what real shells make of it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { lacks } from '../support/programs.ts';
import { FakeIo } from './fake-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-'));
const files = join(folder, 'files');
mkdirSync(files);
for (const name of ['policy.json', 'targets.json']) writeFileSync(join(files, name), '{}');

async function scriptOf(shell: string): Promise<string> {
  const io = new FakeIo();
  expect(await io.run('completion', shell)).toBe(0);
  const file = join(folder, `holdfast.${shell}`);
  writeFileSync(file, io.out);
  return file;
}

/** The answers of a shell to a line, sorted. */
function answered(shell: string, args: readonly string[]): string[] {
  const { stdout, stderr } = spawnSync(shell, args, { cwd: files, encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.split('\n').filter(Boolean).toSorted();
}

const commands = ['chart', 'check', 'completion', 'demo', 'help', 'inspect', 'probe', 'proxy'];

describe('completion for bash', () => {
  let script: string;
  beforeAll(async () => {
    script = await scriptOf('bash');
  });

  /** The words of a line as bash splits them, of which the last one is completed. */
  const complete = (...words: string[]) => {
    const quoted = words.map((word) => `'${word}'`).join(' ');
    const code = `source "$0"; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _holdfast
      [ \${#COMPREPLY[@]} = 0 ] || printf '%s\\n' "\${COMPREPLY[@]}"`;
    return answered('bash', ['-c', code, script]);
  };

  test('completes commands, and those of help', () => {
    expect(complete('holdfast', '')).toEqual(expect.arrayContaining(commands));
    expect(complete('holdfast', 'pro')).toEqual(['probe', 'proxy']);
    expect(complete('holdfast', 'help', 'rep')).toEqual(['replay']);
  });

  test('completes the options of the command', () => {
    expect(complete('holdfast', 'watch', '--tar')).toEqual(['--targets']);
    expect(complete('holdfast', 'serve', '--tar')).toEqual([]);
    expect(complete('holdfast', 'check', '--')).toEqual(['--help', '--json', '--protocol']);
  });

  test('completes values: words, files, and none where neither is expected', () => {
    expect(complete('holdfast', 'proxy', '--on-loss', '')).toEqual(['close', 'hold']);
    expect(complete('holdfast', 'proxy', '--on-loss', '=', 'h')).toEqual(['hold']);
    expect(complete('holdfast', 'proxy', '--on-loss', '=')).toEqual(['close', 'hold']);
    expect(complete('holdfast', 'watch', '--protocol', 'ra')).toEqual(['raw']);
    expect(complete('holdfast', 'watch', '--config', '')).toEqual(['policy.json', 'targets.json']);
    expect(complete('holdfast', 'watch', '--interval', '')).toEqual([]);
  });

  test('completes arguments: words, files, and no files for URLs', () => {
    expect(complete('holdfast', 'chart', 'sup')).toEqual(['supervision']);
    expect(complete('holdfast', 'check', 'pol')).toEqual(['policy.json']);
    expect(complete('holdfast', 'watch', 'pol')).toEqual([]);
    expect(complete('holdfast', 'completion', '')).toEqual(['bash', 'fish', 'zsh']);
  });
});

describe.skipIf(lacks('fish'))('completion for fish, where it is installed', () => {
  let script: string;
  beforeAll(async () => {
    script = await scriptOf('fish');
  });
  const complete = (line: string) =>
    answered('fish', ['-N', '-c', `source ${script}; complete -C '${line}'`]).map(
      (answer) => answer.split('\t')[0],
    );

  test('completes commands, options, words and files', () => {
    expect(complete('holdfast ')).toEqual(expect.arrayContaining(commands));
    expect(complete('holdfast watch --tar')).toEqual(['--targets']);
    expect(complete('holdfast proxy --on-loss ')).toEqual(['close', 'hold']);
    expect(complete('holdfast chart sup')).toEqual(['supervision']);
    expect(complete('holdfast check pol')).toEqual(['policy.json']);
    expect(complete('holdfast watch pol')).toEqual([]);
  });
});

describe.skipIf(lacks('zsh'))('completion for zsh, where it is installed', () => {
  test('completes commands, options, words and files, in a terminal of zsh', async () => {
    const script = await scriptOf('zsh');
    const lines = [
      ['holdfast pro', 'probe'],
      ['holdfast watch --tar', '--targets'],
      ['holdfast proxy --on-loss h', 'hold'],
      ['holdfast chart sup', 'supervision'],
      ['holdfast check pol', 'policy.json'],
    ] as const;
    // A read with a pattern waits until it has come.
    const asked = lines.map(
      ([line, answer]) => `
      zpty -w -n shell '${line}'$'\\t\\t'
      zpty -r shell seen '*${answer}*'
      print -r -- '${answer}'
      zpty -w -n shell $'\\C-u'`,
    );
    const driver = `
      zmodload zsh/zpty
      zpty shell zsh -f -i
      zpty -w shell 'autoload -U compinit; compinit -u -D; source ${script}; PS1=REA; PS1+=DY'
      zpty -r shell seen '*READY*'
      ${asked.join('')}`;
    const { stdout } = spawnSync('zsh', ['-f', '-c', driver], {
      cwd: files,
      encoding: 'utf8',
      timeout: 25_000,
    });
    expect(stdout.split('\n').filter(Boolean)).toEqual(lines.map(([, answer]) => answer));
  });
});

test('completion: a shell that is not known is bad usage', async () => {
  const io = new FakeIo();
  expect(await io.run('completion', 'tcsh')).toBe(2);
  expect(io.err).toContain('Allowed choices are bash, zsh, fish');
});
