/** The figures as Markdown: a table a network. */
import type { Rate, Row, Size } from './cells.ts';
import type { Quantiles } from './deaths.ts';

const heading = [
  '',
  'suspected',
  'verdict',
  'false deaths a day',
  'with stalls of ours',
  'with stalls, not looking again',
  'false suspicions a day',
];

export function tables(rows: readonly Row[], { days, deaths, seed }: Size): string {
  const networks = [...new Set(rows.map(({ network }) => network))];
  const parts = networks.map((name) => `${name}\n\n${table(rows.filter(({ network }) => network === name))}`);
  const legend = [
    `Seed ${seed}; ${days} connection-days a cell, +- standard error; ${deaths} deaths a row.`,
    'Seconds from the death of the peer: median / 99th percentile.',
  ];
  return `${parts.join('\n\n')}\n\n${legend.join('\n')}`;
}

function table(rows: readonly Row[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heading), line(heading.map(() => '---')), ...rows.map((row) => line(cellsOf(row)))].join('\n');
}

function cellsOf({ rule, detection, cells }: Row): string[] {
  return [
    rule,
    seconds(detection.suspected),
    seconds(detection.condemned),
    ...cells.map(({ falseVerdicts }) => rate(falseVerdicts)),
    ...cells.slice(0, 1).map(({ falseSuspicions }) => rate(falseSuspicions)),
  ];
}

function seconds({ median, p99 }: Quantiles): string {
  return `${(median / 1000).toFixed(1)} / ${(p99 / 1000).toFixed(1)}`;
}

function rate({ mean, error }: Rate): string {
  const digits = mean < 1 ? 4 : 2;
  return `${mean.toFixed(digits)} +- ${error.toFixed(digits)}`;
}
