/**
 * Runs every bench of package.json at its smoke size, one after the other, with a line of its time for each.
 * `npm run bench:smoke` (after a build). Fails at the end, with the output of each bench that failed.
 */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import manifest from '../package.json' with { type: 'json' };

/** A bench that hangs fails too. */
const limitMs = 90_000;
const cwd = fileURLToPath(new URL('..', import.meta.url));
const names = Object.keys(manifest.scripts).filter(
  (name) => name.startsWith('bench:') && name !== 'bench:smoke',
);

for (const name of names) {
  const from = performance.now();
  const { outcome, output } = await run(name);
  console.log(`${name} ${outcome ?? 'ok'}, ${((performance.now() - from) / 1000).toFixed(1)} s`);
  if (outcome === undefined) continue;
  console.log(output);
  process.exitCode = 1;
}

/** `outcome` is undefined for a bench that went well. */
async function run(name: string): Promise<{ outcome: string | undefined; output: string }> {
  const child = spawn('npm', ['run', '--silent', name], {
    cwd,
    env: { ...process.env, BENCH_SIZE: 'smoke' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const timer = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), limitMs);
  const ended = new Promise<string | undefined>((resolve) =>
    child.once('close', (code, signal) => resolve(verdict(code, signal))),
  );
  const [outcome, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  clearTimeout(timer);
  return { outcome, output: `${stdout}${stderr}` };
}

function verdict(code: number | null, signal: string | null): string | undefined {
  if (code === 0) return undefined;
  return signal === 'SIGKILL'
    ? `FAILED: still running after ${limitMs / 1000} s`
    : `FAILED: exit code ${code}`;
}
