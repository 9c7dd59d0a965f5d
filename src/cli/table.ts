/** Draws the rows of a board as a table: no line is wider than the terminal. */
import pc from 'picocolors';
import type { Row } from './board.ts';
import { clip, clipInside, labelText, pad, roundTripText, seconds, timeText, widthOf } from './cell.ts';
import { printable } from './printable.ts';

export interface View {
  /** Columns of the terminal. */
  readonly width: number;
  /** Rows to draw at most. */
  readonly height: number;
  /** The clock's milliseconds, for countdowns. */
  readonly now: number;
  readonly colors: boolean;
  /** The id of a row that stands out. */
  readonly selected?: string | undefined;
  /** Whether that row has its last exits below it. */
  readonly isOpen?: boolean;
}

type Paint = (text: string) => string;
type Colors = ReturnType<typeof pc.createColors>;

interface Column {
  readonly head: string;
  /** The least width in characters at which it is readable. */
  readonly least: number;
  cell(row: Row, now: number): string;
  readonly cut?: (text: string, width: number) => string;
  readonly paint?: (row: Row, colors: Colors) => Paint;
}

const columns: readonly Column[] = [
  { head: 'id', least: 8, cell: ({ id }) => id, cut: clipInside },
  { head: 'url', least: 12, cell: ({ url }) => url, cut: clipInside },
  {
    head: 'state',
    least: 10,
    cell: ({ state }) => state,
    paint: ({ state }, colors) => paintOf(state, colors),
  },
  { head: '#', least: 3, cell: ({ incarnation }) => String(incarnation) },
  { head: 'rtt', least: 5, cell: ({ rttMs }) => (rttMs === undefined ? '' : roundTripText(rttMs)) },
  { head: 'session', least: 10, cell: session },
  { head: 'attempt', least: 10, cell: attempt },
  { head: 'last reason', least: 17, cell: ({ reason }) => reason ?? '', paint: paintReason },
  { head: 'labels', least: 6, cell: ({ labels }) => labelText(labels), paint: (_row, colors) => colors.dim },
];

/** The states in the order of the totals. */
const states: readonly Row['state'][] = [
  'alive',
  'suspect',
  'connecting',
  'closing',
  'closed',
  'resting',
  'gave-up',
  'left',
];

/** Columns of a terminal that has room for labels, and for URLs beside sessions. */
const WIDE = 100;

/** The columns that get spare width, in this order, each as much as its content needs. */
const elastic: readonly string[] = ['id', 'url', 'session', 'last reason', 'labels'];

export function drawTable(rows: readonly Row[], view: View): string {
  const { width, height, now, colors, selected, isOpen } = view;
  const shown = rows.slice(0, height);
  const used = columns.filter((column) => isUsed(column, shown, width));
  const gap = width >= 90 ? 2 : 1;
  const cells = shown.map((row) => used.map((column) => textOf(column, row, view)));
  const widths = fit(used, cells, width - gap * (used.length - 1));
  const paints = pc.createColors(colors);
  const between = ' '.repeat(gap);
  const head = used.map(({ head: text }, at) =>
    paints.dim(pad(clip(text, widths[at] ?? 0), widths[at] ?? 0)),
  );
  const lines = shown.flatMap((row, index) => {
    const isSelected = row.id === selected;
    const texts = used.map(({ cut = clip, paint }, at) => {
      const text = cut(cells[index]?.[at] ?? '', widths[at] ?? 0);
      const padded = pad(text, widths[at] ?? 0);
      return paint === undefined || isSelected ? padded : paint(row, paints)(padded);
    });
    const line = texts.join(between);
    if (!isSelected) return [line];
    const exits = isOpen ? exitLines(row, now).map((text) => paints.dim(clip(text, width))) : [];
    return [paints.inverse(line), ...exits];
  });
  return [head.join(between), ...lines].join('\n');
}

/** What is known of the sockets that the connection of a row has lost, the newest first. */
export function exitLines({ exits = [] }: Row, now: number): readonly string[] {
  if (exits.length === 0) return ['  no socket was lost'];
  return exits.map(({ at, reason, detail, livedMs }) => {
    const lived = livedMs > 0 ? `after ${timeText(livedMs)}` : 'never usable';
    const text = `  ${timeText(now - at)} ago: ${reason}, ${lived}${detail === undefined ? '' : ` (${detail})`}`;
    return printable(text).replaceAll('\n', ' ');
  });
}

/** Ids and reasons may be foreign text. Without colors a mark tells the selected row. */
function textOf({ head, cell }: Column, row: Row, { now, colors, selected }: View): string {
  const text = printable(cell(row, now)).replaceAll('\n', ' ');
  return head === 'id' && row.id === selected && !colors ? `> ${text}` : text;
}

/** The URL is a column where it is not the id, sessions and labels where there are some, and room for them. */
function isUsed({ head }: Column, rows: readonly Row[], width: number): boolean {
  const hasSessions = rows.some((row) => row.session !== undefined);
  if (head === 'session') return hasSessions;
  if (head === 'url') return rows.some(({ id, url }) => id !== url) && (width >= WIDE || !hasSessions);
  if (head !== 'labels') return true;
  return width >= WIDE && rows.some(({ labels }) => labelText(labels) !== '');
}

/** Counts by state, as in `11 alive, 1 suspect`. */
export function drawTotals(rows: readonly Row[], colors: boolean): string {
  const paints = pc.createColors(colors);
  const counts = states.map((state) => [state, rows.filter((row) => row.state === state).length] as const);
  const parts = counts
    .filter(([, count]) => count > 0)
    .map(([state, count]) => paintOf(state, paints)(`${count} ${state}`));
  return parts.join(', ') || 'no connections';
}

function fit(used: readonly Column[], cells: readonly (readonly string[])[], room: number): number[] {
  const widths = used.map(({ least }) => least);
  let spare = room - widths.reduce((sum, width) => sum + width, 0);
  for (const head of elastic) {
    const at = used.findIndex((column) => column.head === head);
    if (at < 0) continue;
    const wanted = Math.max(...cells.map((row) => widthOf(row[at] ?? '')), 0) - (widths[at] ?? 0);
    const more = Math.max(0, Math.min(spare, wanted));
    widths[at] = (widths[at] ?? 0) + more;
    spare -= more;
  }
  return spare < 0 ? narrowed(widths, room) : widths;
}

/** Shrinks all columns in proportion, for a terminal narrower than the table. */
function narrowed(widths: readonly number[], room: number): number[] {
  const total = widths.reduce((sum, width) => sum + width, 0);
  return widths.map((width) => Math.max(1, Math.floor((width * room) / total)));
}

function paintReason({ state }: Row, colors: Colors): Paint {
  return state === 'alive' ? colors.dim : (text) => text;
}

function paintOf(state: Row['state'], colors: Colors): Paint {
  const paints: Readonly<Record<Row['state'], Paint>> = {
    connecting: colors.cyan,
    alive: colors.green,
    suspect: colors.yellow,
    closing: colors.magenta,
    closed: colors.red,
    resting: colors.dim,
    left: colors.dim,
    'gave-up': colors.inverse,
  };
  return paints[state];
}

function attempt({ attempt: count, dueAt }: Row, now: number): string {
  if (count === undefined) return '';
  if (dueAt === undefined) return `${count}`;
  // The delay at a gate is the least: the turn may come later.
  return dueAt <= now ? `${count} queued` : `${count} in ${seconds(dueAt - now)}`;
}

/** The number of its sockets first, as the end is cut where there is no room. */
function session({ session: cells }: Row): string {
  if (cells === undefined) return '';
  const { epoch, state, unacknowledged } = cells;
  return `${epoch} ${state}${unacknowledged > 0 ? `, ${unacknowledged} unacked` : ''}`;
}
