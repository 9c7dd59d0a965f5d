/** The figures of each policy as a table; a narrow terminal gets fewer columns. */
import Table from 'cli-table3';
import type { createColors } from 'picocolors';
import type { Figures } from '../../storm/tally.ts';
import { clip } from '../cell.ts';
import { frameless } from '../frameless.ts';
import { integer, perClient, seconds } from './numbers.ts';

interface Column {
  readonly head: string;
  /** Columns of the highest rank are dropped first when the terminal is too narrow. */
  readonly rank: number;
  cell(figures: Figures): string;
}

const MAX_NAME_WIDTH = 24;

const columns: readonly Column[] = [
  { head: 'policy', rank: 0, cell: ({ policy }) => clip(policy, MAX_NAME_WIDTH) },
  { head: 'peak/s', rank: 1, cell: ({ peakPerSecond }) => integer(peakPerSecond) },
  { head: 'after up', rank: 3, cell: ({ peakAfterUp }) => integer(peakAfterUp) },
  { head: 'attempts', rank: 7, cell: ({ attempts }) => integer(attempts) },
  { head: 'wasted', rank: 5, cell: ({ wastedPerClient }) => perClient(wastedPerClient) },
  { head: 't50', rank: 6, cell: ({ t50 }) => seconds(t50) },
  { head: 't99', rank: 2, cell: ({ t99 }) => seconds(t99) },
  { head: 't100', rank: 8, cell: ({ t100 }) => seconds(t100) },
  { head: 'lost', rank: 4, cell: ({ lost }) => (lost === 0 ? '–' : integer(lost)) },
];

export function figuresTable(
  rows: readonly Figures[],
  width: number,
  paints: ReturnType<typeof createColors>,
): string {
  const shown = fitting(rows, width);
  const gap = widthOf(shown, rows, 2) <= width ? 2 : 1;
  const table = new Table({
    ...frameless(gap),
    colAligns: shown.map(({ rank }) => (rank === 0 ? 'left' : 'right')),
  });
  table.push(shown.map(({ head }) => paints.dim(head)));
  for (const [index, row] of rows.entries()) {
    const cells = shown.map((column) => column.cell(row));
    table.push(index === 0 ? cells.map((cell) => paints.bold(cell)) : cells);
  }
  return table.toString();
}

function fitting(rows: readonly Figures[], width: number): readonly Column[] {
  let shown = columns;
  while (shown.length > 1 && widthOf(shown, rows, 1) > width) {
    const last = Math.max(...shown.map(({ rank }) => rank));
    shown = shown.filter(({ rank }) => rank < last);
  }
  return shown;
}

function widthOf(shown: readonly Column[], rows: readonly Figures[], gap: number): number {
  const widths = shown.map(({ head, cell }) => Math.max(head.length, ...rows.map((row) => cell(row).length)));
  return widths.reduce((sum, width) => sum + width, 0) + gap * (shown.length - 1);
}
