/**
 * How long importing holdfast takes, beside importing xstate and rxjs, which it is built on: each in a fresh
 * process, in turns, so that a busy machine is busy for both. The ratio is the median of those of the turns; the
 * spread is their middle half. Fails above the limit.
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

const base = times[0]?.taken ?? [];
/** Of each turn, to what was measured in the same turn. */
const ratiosOf = (taken: readonly number[]) => taken.map((each, turn) => each / (base[turn] ?? each));
const ms = (value: number) => value.toFixed(1);
console.log(`${machine()}, ${RUNS} processes each\n`);
printTable([
  ['import', 'best ms', 'median ms', 'ratio', 'spread'],
  ...times.map(({ name, taken }) => {
    const [low, median, high] = [0.25, 0.5, 0.75].map((at) => quantile(ratiosOf(taken), at).toFixed(2));
    return [name, ms(Math.min(...taken)), ms(quantile(taken, 0.5)), median ?? '', `${low} to ${high}`];
  }),
]);
const ratio = quantile(ratiosOf(times[1]?.taken ?? []), 0.5);
console.log(`\nholdfast / (xstate and rxjs) = ${ratio.toFixed(2)}, limit ${LIMIT}`);
if (ratio > LIMIT && !isSmoke) process.exitCode = 1;
