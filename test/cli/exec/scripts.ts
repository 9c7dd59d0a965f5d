/** Programs for `--exec`, as scripts in a folder of their own. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';

export interface Scripts {
  /** The path of a script for `sh`, which runs in no particular folder: `$D` is that of the scripts. */
  script(name: string, body: string): string;
  path(name: string): string;
  /** The lines of a file that a script writes; empty before that. */
  lines(name: string): string[];
  /** Resolves when a file has that many lines. */
  wrote(name: string, lines?: number): Promise<void>;
}

export function scripts(): Scripts {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-exec-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = (name: string) => join(folder, name);
  const lines = (name: string) =>
    existsSync(path(name)) ? readFileSync(path(name), 'utf8').split('\n').slice(0, -1) : [];
  return {
    path,
    lines,
    script(name, body) {
      writeFileSync(path(name), `#!/bin/sh\nD='${folder}'\n${body}\n`);
      chmodSync(path(name), 0o755);
      return path(name);
    },
    wrote: (name, count = 1) =>
      vi.waitFor(
        () => {
          if (lines(name).length < count) throw new Error(`${name} has ${lines(name).length} lines`);
        },
        { timeout: 10_000, interval: 10 },
      ),
  };
}

/** Whether a process runs: what has ended may stay in the list until it is reaped. */
export function runs(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
