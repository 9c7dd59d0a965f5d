/** The commands behind buttons and keys. */
import { batch, effect, signal } from '@preact/signals';
import { systemClock } from '../../../time/clock.ts';
import * as live from './live.ts';
import * as state from './state.ts';

const TICK_MS = 100;

export function select(id: string | undefined): void {
  if (id === undefined || id === state.selected.value) return;
  batch(() => {
    state.selected.value = id;
    if (state.source.value === 'live') live.watch(id);
    if (state.source.value === 'live' && !state.paused.value) state.cursor.value = undefined;
    state.detailVersion.value++;
  });
}

/** Moves the selection by places in the list; without one, to the first or the last row. */
export function moveSelection(by: number): void {
  const rows = state.visible.value;
  const at = rows.findIndex(({ id }) => id === state.selected.value);
  const from = at === -1 && by < 0 ? rows.length : at;
  select(rows[Math.max(0, Math.min(rows.length - 1, from + by))]?.id);
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

function advance(ms: number): void {
  if (state.source.value === 'live') live.watchServer();
  // The page does not know what has become of the connections of a silent process: their times stand still.
  const hearing = state.source.value === 'live' && state.link.value === 'open';
  if (hearing && !state.paused.value) state.now.value = state.serverNow();
  if (!playing.value || state.cursor.value === undefined) return;
  const next = state.cursor.value + ms * speed.value;
  if (next < span().to) state.cursor.value = next;
  else goLive();
}

// --- how it looks

export type Theme = 'dark' | 'light';
export type Panel = 'list' | 'chart' | 'events' | 'measures';

const preferred: Theme = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
export const theme = signal<Theme>(storedTheme() ?? preferred);
/** The panel that is shown on a narrow screen. */
export const panel = signal<Panel>('list');
/** True while both charts in full fill the page. */
export const chartAlone = signal(false);
export const helpOpen = signal(false);

export function toggleTheme(): void {
  theme.value = theme.value === 'dark' ? 'light' : 'dark';
  try {
    localStorage.setItem('holdfast-theme', theme.value);
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

export function followTheme(): void {
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
  });
}
