/** Keyboard shortcuts. */
import * as actions from './actions.ts';
import { pressCompare } from './compare.ts';
import { eventQuery, markStep } from './diff.ts';
import { exportRecording } from './recordings.ts';
import * as state from './state.ts';

export const SHORTCUTS: readonly (readonly [keys: string, what: string])[] = [
  ['↑ ↓', 'select the next or previous connection'],
  ['Home End', 'select the first or last connection'],
  ['N P', 'select the next or previous suspect'],
  ['/', 'filter'],
  ['G', 'group by endpoint, process or label'],
  ['1 … 6', 'sort by a column'],
  ['Space', 'pause, or play a recording'],
  ['← →', 'step back, step ahead'],
  ['Esc', 'return to the present; clear the filter'],
  ['S', 'search in events'],
  ['M', 'mark a step, to compare others with it'],
  ['C', 'mark a connection, to compare another with it'],
  ['F', 'all charts in full'],
  ['T', 'switch between dark and light, or follow the system'],
  ['E', 'export a recording'],
  ['O', 'open a recording'],
  ['?', 'this help'],
];

const keys: Readonly<Record<string, () => void>> = {
  ArrowDown: () => actions.moveSelection(1),
  ArrowUp: () => actions.moveSelection(-1),
  j: () => actions.moveSelection(1),
  k: () => actions.moveSelection(-1),
  PageDown: () => actions.moveSelection(10),
  PageUp: () => actions.moveSelection(-10),
  Home: () => actions.moveSelection(Number.NEGATIVE_INFINITY),
  End: () => actions.moveSelection(Number.POSITIVE_INFINITY),
  ArrowLeft: () => actions.step(-1),
  ArrowRight: () => actions.step(1),
  ' ': () => (state.source.value === 'live' ? actions.togglePause() : actions.togglePlay()),
  '/': () => document.querySelector<HTMLInputElement>('#filter')?.focus(),
  n: () => actions.jumpToTrouble(1),
  p: () => actions.jumpToTrouble(-1),
  g: () => document.querySelector<HTMLSelectElement>('#group')?.focus(),
  s: () => document.querySelector<HTMLInputElement>('#search')?.focus(),
  m: () => markStep(),
  c: pressCompare,
  f: () => {
    actions.chartAlone.value = !actions.chartAlone.value;
  },
  t: actions.toggleTheme,
  e: exportRecording,
  o: () => document.querySelector<HTMLInputElement>('#open')?.click(),
  '?': () => {
    actions.helpOpen.value = !actions.helpOpen.value;
  },
  Escape: leave,
};

export function followKeys(): void {
  document.addEventListener('keydown', (event) => {
    if (isElsewhere(event)) return;
    if (event.target instanceof HTMLInputElement) return inField(event, event.target);
    const act = sortKey(event.key) ?? keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}

/** The key is the browser's, a dialog's, a choice's, or, as the space bar, that of a focused button. */
function isElsewhere({ key, target, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey || document.querySelector('dialog:modal') !== null) return true;
  return target instanceof HTMLSelectElement || (key === ' ' && target instanceof HTMLButtonElement);
}

function inField(event: KeyboardEvent, field: HTMLInputElement): void {
  if (field.type === 'range') return;
  if (event.key === 'Escape') {
    if (field.id === 'filter') state.query.value = '';
    else eventQuery.value = '';
    field.blur();
  } else if (event.key === 'Enter' || event.key === 'ArrowDown') {
    field.blur();
    if (field.id === 'filter' && state.selectedRow.value === undefined) actions.moveSelection(1);
  }
}

function sortKey(key: string): (() => void) | undefined {
  const column = /^[1-6]$/.test(key) ? Number(key) - 1 : undefined;
  return column === undefined
    ? undefined
    : () => document.querySelectorAll<HTMLButtonElement>('.columns button')[column]?.click();
}

function leave(): void {
  if (actions.chartAlone.value) actions.chartAlone.value = false;
  else actions.goLive();
}
