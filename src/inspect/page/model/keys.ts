/** Keyboard shortcuts. */
import * as actions from './actions.ts';
import { exportRecording } from './recordings.ts';
import * as state from './state.ts';

export const SHORTCUTS: readonly (readonly [keys: string, what: string])[] = [
  ['↑ ↓', 'select the next or previous connection'],
  ['Home End', 'select the first or last connection'],
  ['/', 'filter'],
  ['1 … 5', 'sort by a column'],
  ['Space', 'pause, or play a recording'],
  ['← →', 'step back, step ahead'],
  ['Esc', 'return to the present; clear the filter'],
  ['F', 'all charts in full'],
  ['T', 'switch between dark and light'],
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
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof HTMLInputElement) return inField(event, event.target);
    // The space bar presses a focused button.
    if (event.key === ' ' && event.target instanceof HTMLButtonElement) return;
    const act = sortKey(event.key) ?? keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}

function inField(event: KeyboardEvent, field: HTMLInputElement): void {
  if (field.type === 'range') return;
  if (event.key === 'Escape') {
    state.query.value = '';
    field.blur();
  } else if (event.key === 'Enter' || event.key === 'ArrowDown') {
    field.blur();
    if (state.selectedRow.value === undefined) actions.moveSelection(1);
  }
}

function sortKey(key: string): (() => void) | undefined {
  const column = /^[1-5]$/.test(key) ? Number(key) - 1 : undefined;
  return column === undefined
    ? undefined
    : () => document.querySelectorAll<HTMLButtonElement>('.columns button')[column]?.click();
}

function leave(): void {
  if (actions.helpOpen.value) actions.helpOpen.value = false;
  else if (actions.chartAlone.value) actions.chartAlone.value = false;
  else actions.goLive();
}
