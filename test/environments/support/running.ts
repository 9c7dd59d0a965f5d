/** Programs of a project that run on, such as servers. */
import { spawn } from 'node:child_process';
import type { Project } from './project.ts';

export interface Running {
  /** What it has printed, on both outputs. */
  printed(): string;
  stop(): void;
}

/** Runs Node with arguments, and resolves once the pattern is in what it printed. Rejects when it ends before. */
export async function started(
  project: Project,
  args: readonly string[],
  ready: RegExp,
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const child = spawn(process.execPath, args, { cwd: project.folder, env: { ...process.env, ...env } });
  let text = '';
  await new Promise<void>((resolve, reject) => {
    const hear = (data: Buffer) => {
      text += data;
      if (ready.test(text)) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', reject).on('close', () => reject(new Error(`${args.join(' ')} ended: ${text}`)));
  });
  return { printed: () => text, stop: () => void child.kill() };
}
