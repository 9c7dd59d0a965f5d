/** Which programs there are, and the user they run as. */
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe } from 'vitest';

/** Debian keeps servers outside of the PATH of most users, and PostgreSQL below a folder for each version. */
const postgresql = '/usr/lib/postgresql';
const versions = existsSync(postgresql) ? readdirSync(postgresql) : [];
const binaries = versions.map((version) => join(postgresql, version, 'bin'));
const alsoIn = ['/usr/local/sbin', '/usr/sbin', '/sbin', ...binaries];

const folders = [...(process.env.PATH ?? '').split(delimiter), ...alsoIn];

/** The user id, and group id, of `nobody` where the tests run as root: PostgreSQL refuses root. */
export const unprivileged: number | undefined = process.getuid?.() === 0 ? 65_534 : undefined;

/** Why the tests that need a program are skipped, `undefined` when it is there. Throws in CI, where it must be. */
export function requireProgram(...commands: readonly string[]): string | undefined {
  const reason = reasonAgainst(['setpriv', ...commands]);
  if (reason !== undefined && process.env.CI !== undefined) throw new Error(reason);
  return reason;
}

/** `describe`, skipped with the reason in its title where a program is missing. */
export function describeWith(commands: readonly string[], title: string, tests: () => void): void {
  const reason = requireProgram(...commands);
  if (reason === undefined) describe(title, tests);
  else describe.skip(`${title} (skipped: ${reason})`, tests);
}

export function programPath(command: string): string {
  if (command.includes('/')) return command;
  return folders.map((folder) => join(folder, command)).find((path) => existsSync(path)) ?? command;
}

/** The command that runs another as the unprivileged user, in the same process, which ends when this one does. */
export function asUnprivileged(command: string, args: readonly string[]): [string, readonly string[]] {
  const user = unprivileged;
  const ids = user === undefined ? [] : [`--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
  return ['setpriv', [...ids, '--pdeathsig=KILL', '--', command, ...args]];
}

function reasonAgainst(commands: readonly string[]): string | undefined {
  if (process.platform !== 'linux') return 'processes are frozen and listed as Linux does';
  const missing = commands.filter((command) => !existsSync(programPath(command)));
  return missing.length === 0 ? undefined : `no command ${missing.join(', ')}`;
}
