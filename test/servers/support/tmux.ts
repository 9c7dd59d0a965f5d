/** A terminal that a test types into and looks at: a window of tmux, with a shell. */
import { execFileSync } from 'node:child_process';
import { onTestFinished, vi } from 'vitest';

export interface Terminal {
  /** Types a line into the shell, or what runs in it. */
  type(line: string): void;
  /** Presses keys, by the names of tmux: `j`, `Enter`, `C-z`. */
  press(...keys: string[]): void;
  /** The lines that are seen. */
  readonly lines: readonly string[];
  /** Resolves with the lines once `holds` is true of their text. */
  shows(holds: (text: string) => boolean): Promise<readonly string[]>;
}

let count = 0;

export function terminal(columns: number, rows: number): Terminal {
  const server = `holdfast-${process.pid}-${++count}`;
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-L', server, '-f', '/dev/null', ...args], { encoding: 'utf8' });
  tmux(
    'new-session',
    '-d',
    '-x',
    String(columns),
    '-y',
    String(rows),
    'env PS1="$ " bash --norc --noprofile',
  );
  onTestFinished(() => void tmux('kill-server'));
  const look = () => tmux('capture-pane', '-p').trimEnd().split('\n');
  return {
    type: (line) => void tmux('send-keys', line, 'Enter'),
    press: (...keys) => void tmux('send-keys', ...keys),
    get lines() {
      return look();
    },
    async shows(holds) {
      return await vi.waitFor(
        () => {
          const lines = look();
          const text = lines.join('\n');
          if (!holds(text)) throw new Error(`the terminal shows\n${text}`);
          return lines;
        },
        { timeout: 20_000, interval: 50 },
      );
    },
  };
}
