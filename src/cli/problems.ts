/** Problems of a command line, which are collected and reported at once. */
import { readFileSync } from 'node:fs';
import { ConfigError, type ConfigProblem } from '../base/errors.ts';

/** Runs `code`, and adds the problems of a `ConfigError` that it throws. */
export function collecting<T>(problems: ConfigProblem[], code: () => T): T | undefined {
  try {
    return code();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

export function refuse(problems: readonly ConfigProblem[]): void {
  if (problems.length > 0) throw new ConfigError(problems);
}

/** The content of the file that an option names. */
export function readOptionFile(path: string, file: string, problems: ConfigProblem[]): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    problems.push({ path, value: file, expected: `a readable file (${messageOf(error)})` });
    return undefined;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
