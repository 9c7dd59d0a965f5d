/**
 * Attempts per second in a terminal: a strip of blocks for each policy, all on one scale. Accepted attempts are
 * drawn in front of all attempts.
 */
import type { createColors } from 'picocolors';
import { clip } from '../cell.ts';
import { integer, seconds, short } from './numbers.ts';
import type { Result, Results } from './results.ts';
import { resampled, type Scale, type Span, scaleOf, spanOf, timeTicks } from './scale.ts';

type Paints = ReturnType<typeof createColors>;

/** The number of policies up to which the strips are high. */
const MAX_HIGH_STRIPS = 3;
/** The share of accepted attempts from which on all count as accepted: the rest is smaller than a block. */
const NEARLY_ALL = 0.9;
/** Columns that the title and the legend need side by side. */
const ONE_LINE_TITLE = 64;
/** Columns left of a strip, for the labels of the scale. */
const GUTTER = 6;
const blocks = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const EIGHTHS = blocks.length - 1;

export function strips(results: Results, width: number, paints: Paints): string {
  const scale = scaleOf(results, results.rows.length <= MAX_HIGH_STRIPS);
  const span = spanOf(results);
  const columns = Math.max(1, width - GUTTER - 1);
  return [
    ...title(scale, width, paints),
    ...results.rows.flatMap((row) => [
      '',
      heading(row, columns, paints),
      ...strip(row, scale, span, columns, paints),
    ]),
    axis(span, columns, paints),
  ].join('\n');
}

function title({ name }: Scale, width: number, paints: Paints): string[] {
  const text = `${paints.bold('Attempts per second')} ${paints.dim(`(${name})`)}`;
  const legend = `${paints.green('█')} got through  ${paints.yellow('█')} tried`;
  if (!paints.isColorSupported) return [text];
  return width < ONE_LINE_TITLE ? [text, legend] : [`${text}   ${legend}`];
}

function heading({ figures }: Result, columns: number, paints: Paints): string {
  const { peakPerSecond, t99, lost } = figures;
  const name = clip(figures.policy, columns);
  const end = lost > 0 ? `${integer(lost)} lost` : `t99 ${seconds(t99)}`;
  const detail = clip(`  peak ${integer(peakPerSecond)}/s, ${end}`, columns - name.length);
  return `${' '.repeat(GUTTER + 1)}${paints.bold(name)}${paints.dim(detail)}`;
}

/** A line for each band of the scale. */
function strip({ course }: Result, scale: Scale, span: Span, columns: number, paints: Paints): string[] {
  const attempts = resampled(course.attemptsPerSecond, span, columns);
  const successes = resampled(course.connectedPerSecond, span, columns);
  const tried = attempts.map((count) => level(count, scale));
  const through = successes.map((count, column) => {
    const all = attempts[column] ?? 0;
    return level(count >= NEARLY_ALL * all ? all : count, scale);
  });
  const lines = scale.feet.map((foot, band) => {
    const floor = band * EIGHTHS;
    const cells = tried.map((height, column) => cell(height - floor, (through[column] ?? 0) - floor, paints));
    return paints.dim(`${short(foot).padStart(GUTTER - 1)} ┤`) + cells.join('');
  });
  return lines.reverse();
}

/** The height of a count in eighths of a line; at least one for any count above 0. */
function level(count: number, scale: Scale): number {
  const height = Math.round(scale.heightOf(count) * scale.feet.length * EIGHTHS);
  return count === 0 ? 0 : Math.max(1, height);
}

function cell(tried: number, through: number, paints: Paints): string {
  const most = Math.min(EIGHTHS, Math.max(0, tried));
  const block = blocks[most] ?? ' ';
  if (most === 0 || !paints.isColorSupported) return block;
  if (through >= most) return paints.green(block);
  if (through <= 0) return paints.yellow(block);
  return most === EIGHTHS ? paints.bgYellow(paints.green(blocks[through] ?? ' ')) : paints.yellow(block);
}

function axis(span: Span, columns: number, paints: Paints): string {
  const line = Array.from({ length: columns }, () => '─');
  const names = Array.from({ length: columns + GUTTER }, () => ' ');
  for (const tick of timeTicks(span, columns / 9)) {
    const column = Math.floor(((tick + span.upAt) / span.seconds) * columns);
    if (column >= columns) continue;
    line[column] = '┬';
    const name = tick === 0 ? 'server up' : `${tick > 0 ? '+' : '−'}${Math.abs(tick)} s`;
    const from = Math.max(
      0,
      Math.min(column + GUTTER + 1 - Math.floor(name.length / 2), names.length - name.length),
    );
    for (const [index, letter] of [...name].entries()) names[from + index] = letter;
  }
  const frame = `${' '.repeat(GUTTER)}└${line.join('')}`;
  return paints.dim(`${frame}\n${names.join('').trimEnd()}`);
}
