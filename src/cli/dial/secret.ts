/** Values that may be secrets: a text, or a reference to a variable of the environment or a file. No value is in an error. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ConfigProblem } from '../../base/errors.ts';
import type { Io } from '../io.ts';

export interface Secret {
  /** Throws when the file cannot be read. */
  readonly read: () => string;
  /** Whether the value may be another one at the next dial, as that of a file. */
  readonly changes: boolean;
}

/** Where references are looked up. */
export interface Surroundings {
  readonly env: Io['env'];
  /** The folder that relative paths begin in. */
  readonly folder: string;
}

/** `env:NAME` and `file:PATH` are references, any other text is the value itself. */
export function secretOf(
  text: string,
  path: string,
  { env, folder }: Surroundings,
  problems: ConfigProblem[],
): Secret {
  const [, kind, where = ''] = /^(env|file):(.*)$/s.exec(text) ?? [];
  if (kind === 'file') return fileSecret(resolve(folder, where), path, text, problems);
  if (kind === 'env') return fixed(variable(env, where, path, text, problems));
  return fixed(text);
}

export function fixed(text: string): Secret {
  return { read: () => text, changes: false };
}

/** The value of a variable, which must be set. `shown` is what the user wrote. */
export function variable(
  env: Io['env'],
  name: string,
  path: string,
  shown: string,
  problems: ConfigProblem[],
): string {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (value !== undefined && value !== '') return value;
  const expected = 'the name of an environment variable that is set and not empty';
  problems.push({ path, value: shown, expected });
  return '';
}

function fileSecret(file: string, path: string, shown: string, problems: ConfigProblem[]): Secret {
  // Editors and `echo` end a file with a line break, which is no part of a secret.
  const read = () => readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  try {
    if (read() === '') problems.push({ path, value: shown, expected: 'a file that is not empty' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    problems.push({ path, value: shown, expected: `a readable file (${code ?? 'it cannot be read'})` });
  }
  return { read, changes: true };
}
