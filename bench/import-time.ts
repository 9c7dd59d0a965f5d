/**
 * How long importing holdfast takes, beside importing xstate and rxjs, which it is built on: each in a fresh
 * process, in turns, so that a busy machine is busy for both. Fails above the limit.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { machine, printTable, quantile } from './support/report.ts';
import { isSmoke, sized } from './support/size.ts';

const RUNS = sized(25, 2);
const LIMIT = 1.5;
const cwd = fileURLToPath(new URL('..', import.meta.url));

const candidates = {
  'xstate and rxjs': ['xstate', 'rxjs'],
  holdfast: ['holdfast'],
  'holdfast/websocket-class': ['holdfast/websocket-class'],
  'holdfast/machines': ['holdfast/machines'],
} as const;

/** Milliseconds, of the imports alone. */
function importTime(names: readonly string[]): number {
  const imports = names.map((name) => `await import('${name}');`).join('');
  const script = `const began = performance.now(); ${imports} console.log(performance.now() - began);`;
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd }));
}

const times = Object.entries(candidates).map(([name, names]) => ({ name, names, taken: [] as number[] }));
for (let run = 0; run < RUNS; run++) for (const { names, taken } of times) taken.push(importTime(names));

const [base] = times.map(({ taken }) => quantile(taken, 0.5));
const ms = (value: number) => value.toFixed(1);
console.log(`${machine()}, ${RUNS} processes each\n`);
printTable([
  ['import', 'best ms', 'median ms', 'ratio'],
  ...times.map(({ name, taken }) => {
    const median = quantile(taken, 0.5);
    return [name, ms(Math.min(...taken)), ms(median), (median / (base ?? median)).toFixed(2)];
  }),
]);
const ratio = quantile(times[1]?.taken ?? [], 0.5) / (base ?? 1);
console.log(`\nholdfast / (xstate and rxjs) = ${ratio.toFixed(2)}, limit ${LIMIT}`);
if (ratio > LIMIT && !isSmoke) process.exitCode = 1;
