/** The commands behind buttons and keys. */
import { batch, computed, effect, signal } from '@preact/signals';
import { systemClock } from '../../../time/clock.ts';
import { phaseOf } from '../../counts.ts';
import { announce } from './announce.ts';
import { marked } from './diff.ts';
import { items, nextInTrouble, unfold } from './groups.ts';
import * as live from './live.ts';
import { drawNow } from './pace.ts';
import { idOf } from './reporters.ts';
import * as state from './state.ts';

const TICK_MS = 100;
/** The present is drawn at every third tick: each time most of the page is drawn anew. */
const PRESENT_MS = 240;

export function select(id: string | undefined): void {
  if (id === undefined || id === state.selected.value) return;
  batch(() => {
    state.selected.value = id;
    state.wanted.value = undefined;
    marked.value = undefined;
    if (state.source.value === 'live') live.watch(id);
    if (state.source.value === 'live' && !state.paused.value) state.cursor.value = undefined;
    state.detailVersion.value++;
  });
}

/** Moves the selection by places in the list; without one, to the first or the last row. */
export function moveSelection(by: number): void {
  const rows = items.value.flatMap(({ row }) => row ?? []);
  const at = rows.findIndex(({ id }) => id === state.selected.value);
  const from = at === -1 && by < 0 ? rows.length : at;
  select(rows[Math.max(0, Math.min(rows.length - 1, from + by))]?.id);
}

/** Selects the next connection that is suspect, or else in other trouble. */
export function jumpToTrouble(by: 1 | -1): void {
  const row = nextInTrouble(by);
  if (row === undefined) return announce('No connection is suspect.');
  unfold(row);
  select(row.id);
  announce(`${idOf(row.id)}, ${phaseOf(row)}`);
}

/** Freezes the page; steps of watched connections are still collected. */
export function togglePause(): void {
  batch(() => {
    state.paused.value = !state.paused.value;
    playing.value = false;
    if (state.source.value === 'live') live.setPaused(state.paused.value);
    state.cursor.value = state.paused.value ? (state.cursor.value ?? state.serverNow()) : undefined;
  });
}

/** Moves the cursor to the present, or to the end of a recording. */
export function goLive(): void {
  if (state.paused.value) return togglePause();
  batch(() => {
    playing.value = false;
    state.cursor.value = undefined;
  });
}

/** Moves the cursor by steps of the selected connection. */
export function step(by: number): void {
  const steps = state.detail.value?.steps ?? [];
  const { index } = state.moment.value;
  const next = steps[Math.max(0, Math.min(steps.length - 1, index + by))];
  if (next === undefined) return;
  batch(() => {
    playing.value = false;
    state.cursor.value = next.t;
  });
}

export function lookAt(t: number): void {
  const { from, to } = span();
  state.cursor.value = Math.max(from, Math.min(to, t));
}

/** The first and the last time that is known of the selected connection. */
export function span(): { readonly from: number; readonly to: number } {
  const detail = state.detail.value;
  const to = state.presentOfSelected.value;
  const from = Math.min(detail?.steps[0]?.at ?? to, detail?.samples[0]?.at ?? to);
  return { from, to: Math.max(to, detail?.steps.at(-1)?.t ?? to) };
}

// --- playing

export const playing = signal(false);
export const speed = signal(1);
export const SPEEDS: readonly number[] = [0.25, 1, 4, 16];

export function togglePlay(): void {
  const { from, to } = span();
  batch(() => {
    if (!playing.value && (state.cursor.value ?? to) >= to) state.cursor.value = from;
    playing.value = !playing.value;
  });
}

/** Starts the ticks that move the time and the playback. */
export function startTicking(): void {
  let last = systemClock.scheduler.now();
  const tick = () => {
    const at = systemClock.scheduler.now();
    batch(() => advance(at - last));
    last = at;
    systemClock.scheduler.schedule(tick, TICK_MS);
  };
  tick();
}

let sincePresent = 0;

function advance(ms: number): void {
  if (state.source.value === 'live') live.watchServer();
  // The page does not know what has become of the connections of a silent process: their times stand still.
  const hearing = state.source.value === 'live' && state.link.value === 'open';
  sincePresent += ms;
  if (sincePresent >= PRESENT_MS) {
    sincePresent = 0;
    drawNow();
    if (hearing && !state.paused.value) state.now.value = state.serverNow();
  }
  if (!playing.value || state.cursor.value === undefined) return;
  const next = state.cursor.value + ms * speed.value;
  if (next < span().to) state.cursor.value = next;
  else goLive();
}

// --- how it looks

export type Theme = 'dark' | 'light';
export type Panel = 'list' | 'chart' | 'events' | 'measures';

const light = matchMedia('(prefers-color-scheme: light)');
const preferred = signal<Theme>(light.matches ? 'light' : 'dark');
/** Undefined: that of the system. */
const chosen = signal<Theme | undefined>(storedTheme());
export const theme = computed<Theme>(() => chosen.value ?? preferred.value);
const small = matchMedia('(max-width: 980px)');
/** Whether one panel at a time is shown, as in the style sheets. */
export const narrow = signal(small.matches);
/** The panel that is shown on a narrow screen. */
export const panel = signal<Panel>('list');
/** True while both charts in full fill the page. */
export const chartAlone = signal(false);
export const helpOpen = signal(false);

/** A choice that is that of the system is none: the page follows the system again. */
export function toggleTheme(): void {
  const other = theme.value === 'dark' ? 'light' : 'dark';
  chosen.value = other === preferred.value ? undefined : other;
  try {
    if (chosen.value === undefined) localStorage.removeItem('holdfast-theme');
    else localStorage.setItem('holdfast-theme', chosen.value);
  } catch {
    // Storage is denied to pages that were opened from a file.
  }
}

function storedTheme(): Theme | undefined {
  try {
    const stored = localStorage.getItem('holdfast-theme');
    return stored === 'dark' || stored === 'light' ? stored : undefined;
  } catch {
    return undefined;
  }
}

export function followScreen(): void {
  small.addEventListener('change', () => {
    narrow.value = small.matches;
  });
  light.addEventListener('change', () => {
    preferred.value = light.matches ? 'light' : 'dark';
  });
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
  });
}
