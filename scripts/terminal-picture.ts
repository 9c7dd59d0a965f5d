/**
 * Draws the content of a terminal as SVG: `tmux capture-pane -ep | tsx scripts/terminal-picture.ts > docs/demo.svg`.
 * Supports only the colours that the command line uses.
 */
import { readFileSync } from 'node:fs';

const colours: Readonly<Record<string, string>> = {
  '31': '#ff7b72',
  '32': '#7ee787',
  '33': '#e3b341',
  '35': '#d2a8ff',
  '36': '#79c0ff',
  '90': '#8b949e',
};
const plain = '#e6edf3';
const faint = '#8b949e';
const cell = { width: 8.4, height: 19 };
const margin = 16;

const ESC = String.fromCharCode(27);
/** Select Graphic Rendition: colours and weights. */
const ESCAPES = new RegExp(`(${ESC}\\[[\\d;]*m)`, 'g');
const ESCAPE = new RegExp(`^${ESC}\\[([\\d;]*)m$`);

interface Run {
  readonly text: string;
  readonly column: number;
  readonly colour: string;
  readonly bold: boolean;
}

interface Style {
  readonly colour: string;
  readonly bold: boolean;
  readonly dim: boolean;
}

const unstyled: Style = { colour: plain, bold: false, dim: false };

/** The changes that codes make to a style, beside those that set a colour. */
const changes: Readonly<Record<string, Partial<Style>>> = {
  '': unstyled,
  '0': unstyled,
  '1': { bold: true },
  '2': { dim: true },
  '22': { bold: false, dim: false },
  '39': { colour: plain },
};

function runsOf(line: string): Run[] {
  const runs: Run[] = [];
  let column = 0;
  let style = unstyled;
  for (const part of line.split(ESCAPES)) {
    const codes = ESCAPE.exec(part)?.[1];
    if (codes !== undefined) {
      style = codes.split(';').reduce(styled, style);
      continue;
    }
    const { colour, bold, dim } = style;
    if (part.trim() !== '') runs.push({ text: part, column, colour: dim ? faint : colour, bold });
    column += part.length;
  }
  return runs;
}

function styled(style: Style, code: string): Style {
  const colour = colours[code];
  return { ...style, ...changes[code], ...(colour !== undefined && { colour }) };
}

function svgOf(lines: readonly string[]): string {
  const columns = Math.max(...lines.map((line) => line.replace(ESCAPES, '').length));
  const width = Math.ceil(columns * cell.width + 2 * margin);
  const height = lines.length * cell.height + 2 * margin;
  const texts = lines.flatMap((line, row) =>
    runsOf(line).map(({ text, column, colour, bold }) => {
      const x = (margin + column * cell.width).toFixed(1);
      const y = margin + row * cell.height + 14;
      const weight = bold ? ' font-weight="bold"' : '';
      const length = (text.length * cell.width).toFixed(1);
      return `<text x="${x}" y="${y}" fill="${colour}"${weight} textLength="${length}" xml:space="preserve">${escaped(text)}</text>`;
    }),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14">`,
    '<title>A terminal with a table of supervised connections</title>',
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    ...texts,
    '</svg>',
    '',
  ].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

const lines = readFileSync(0, 'utf8').trimEnd().split('\n');
process.stdout.write(svgOf(lines));
