/** What keys make of a table: an order, a filter, a selected row, and the exits of that. */
import { type Row, troubleFirst } from '../board.ts';
import { labelText } from '../cell.ts';
import type { Key } from './terminal.ts';

/** `list`: as the connections were given. */
export type Order = 'list' | 'trouble' | 'id' | 'rtt' | 'sockets';

export interface Browsing {
  /** Undefined: trouble comes first where the table has it so. */
  readonly order?: Order | undefined;
  /** Part of an id, URL, state, reason or label; empty: all rows. */
  readonly filter: string;
  /** Keys are characters of the filter. */
  readonly isTyping: boolean;
  /** The id of a row. */
  readonly selected?: string | undefined;
  /** The exits of the selected row are shown. */
  readonly isOpen: boolean;
}

export const untouched: Browsing = { filter: '', isTyping: false, isOpen: false };

/** In the order of the key. */
const orders: readonly (Order | undefined)[] = ['trouble', 'id', 'rtt', 'sockets', 'list'];
/** Characters of a filter. */
const LONGEST = 100;

/** Undefined: the command is to end. `ids` are the rows of the table, filtered and in order; `page`: how many it shows at a time. */
export function press(
  browsing: Browsing,
  key: Key,
  ids: readonly string[],
  page: number,
): Browsing | undefined {
  if (browsing.isTyping) return typed(browsing, key);
  if (key.ctrl === true) return browsing;
  const steps = stepsOf(key, page, ids.length);
  if (steps !== undefined) return moved(browsing, ids, steps);
  switch (key.text === '/' ? '/' : key.name) {
    case 'q':
      return undefined;
    case 's':
      return { ...browsing, order: orders[(orders.indexOf(browsing.order) + 1) % orders.length] };
    case '/':
      return { ...browsing, isTyping: true };
    case 'return':
    case 'enter':
      return { ...moved(browsing, ids, 0), isOpen: !browsing.isOpen };
    case 'escape':
      return left(browsing);
    default:
      return browsing;
  }
}

/** The rows that are shown: those that fit the filter, in the order of the table. */
export function arranged(rows: readonly Row[], { order, filter }: Browsing, ranked: boolean): readonly Row[] {
  const wanted = filter.toLowerCase();
  const fitting = wanted === '' ? rows : rows.filter((row) => textOf(row).includes(wanted));
  switch (order ?? (ranked ? 'trouble' : 'list')) {
    case 'trouble':
      return troubleFirst(fitting);
    case 'id':
      return fitting.toSorted((a, b) => compare(a.id, b.id));
    case 'rtt':
      return fitting.toSorted((a, b) => (b.rttMs ?? -1) - (a.rttMs ?? -1));
    case 'sockets':
      return fitting.toSorted((a, b) => b.incarnation - a.incarnation);
    default:
      return fitting;
  }
}

/** The page with the selected row, or the first. */
export function pageOf(rows: readonly Row[], height: number, selected: string | undefined): number {
  const at = rows.findIndex(({ id }) => id === selected);
  return at < 0 ? 0 : Math.floor(at / height) * height;
}

/** What the keys have made of the table, for a line below it. */
export function noteOf({ order, filter, isTyping }: Browsing): string {
  const parts = [
    ...(order === undefined ? [] : [order === 'list' ? 'as listed' : `by ${order}`]),
    ...(isTyping || filter !== '' ? [`filter: ${filter}${isTyping ? '█' : ''}`] : []),
  ];
  return parts.join(', ');
}

function typed(browsing: Browsing, { name, text, ctrl }: Key): Browsing {
  const { filter } = browsing;
  if (name === 'return' || name === 'enter') return { ...browsing, isTyping: false };
  if (name === 'escape') return { ...browsing, isTyping: false, filter: '' };
  if (ctrl === true && name === 'u') return { ...browsing, filter: '' };
  if (name === 'backspace') return { ...browsing, filter: [...filter].slice(0, -1).join('') };
  if (text === undefined || /\p{C}/u.test(text) || filter.length + text.length > LONGEST) return browsing;
  return { ...browsing, filter: filter + text };
}

const steps: Readonly<Record<string, (page: number, count: number) => number>> = {
  up: () => -1,
  k: () => -1,
  down: () => 1,
  j: () => 1,
  pageup: (page) => -page,
  pagedown: (page) => page,
  home: (_page, count) => -count,
  end: (_page, count) => count,
};

function stepsOf({ name = '' }: Key, page: number, count: number): number | undefined {
  return Object.hasOwn(steps, name) ? steps[name]?.(page, count) : undefined;
}

/** Without a selected row it is the first one, or the last by `end`. */
function moved(browsing: Browsing, ids: readonly string[], by: number): Browsing {
  const at = browsing.selected === undefined ? -1 : ids.indexOf(browsing.selected);
  const last = ids.length - 1;
  const to = at < 0 && by <= last ? 0 : Math.max(0, Math.min(last, at + by));
  return { ...browsing, selected: ids[to] };
}

/** The last that was done is undone first. */
function left(browsing: Browsing): Browsing {
  if (browsing.isOpen) return { ...browsing, isOpen: false };
  if (browsing.selected !== undefined) return { ...browsing, selected: undefined };
  return { ...browsing, filter: '' };
}

function textOf({ id, url, state, reason = '', labels }: Row): string {
  return [id, url, state, reason, labelText(labels)].join('\n').toLowerCase();
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
