/** The outcome of a simulation for programs, and for people at a terminal. */
import pc from 'picocolors';
import { figuresTable } from './figures-table.ts';
import { ideal, seconds, story } from './numbers.ts';
import type { Result, Results } from './results.ts';
import { strips } from './strips.ts';

/** The width of a terminal that does not report one. */
const COLUMNS = 80;

/** An array, with a line for each policy. */
export function asJson(rows: readonly Result[]): string {
  return `[\n${rows.map(({ figures }) => `  ${JSON.stringify(figures)}`).join(',\n')}\n]\n`;
}

export function asText(results: Results, picture: string | undefined, width = COLUMNS): string {
  const { setting, rows } = results;
  const paints = pc.createColors(pc.isColorSupported);
  const parts = [
    wrap(story(setting).join(' '), width),
    figuresTable(
      rows.map(({ figures }) => figures),
      width,
      paints,
    ),
    paints.dim(
      wrap(
        `Times count from the moment the server accepts again; it needs at least ${seconds(ideal(setting))} for all. ` +
          `Wasted: failed attempts per client.`,
        width,
      ),
    ),
    strips(results, width, paints),
    ...(picture === undefined ? [] : [`wrote ${picture}`]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function wrap(text: string, width: number): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join('\n');
}
