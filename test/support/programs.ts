/** Programs that some tests need: a user may lack them, and CI must not. */
import { spawnSync } from 'node:child_process';

/** Whether there is no such program. Throws in CI. */
export function lacks(program: string): boolean {
  const { error } = spawnSync(program, ['--version'], { stdio: 'ignore' });
  if (error !== undefined && process.env.CI !== undefined) throw new Error(`no command ${program}`);
  return error !== undefined;
}
