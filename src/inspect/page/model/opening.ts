/** Work on a large recording, in slices between which the page is drawn. */
import { signal } from '@preact/signals';
import { systemClock } from '../../../time/clock.ts';

/** The recording that is being opened, and the part of the work that is done, from 0 to 1. */
export interface Progress {
  readonly name: string;
  readonly share: number;
}

export const progress = signal<Progress | undefined>(undefined);

/** Milliseconds of work between two frames. */
const SLICE_MS = 40;

/** Resolves when the progress has been drawn; at once on a hidden page, which is not drawn and has slow timers. */
export function shown(next: Progress): Promise<void> {
  progress.value = next;
  if (document.hidden) return Promise.resolve();
  // The frame after the next one begins when this one is on the screen.
  return new Promise((resolve) =>
    requestAnimationFrame(() => systemClock.scheduler.schedule(() => resolve(), 0)),
  );
}

/**
 * Does the steps of the work, each of which yields the part that is done, and resolves with its result; with `undefined` once it is not wanted
 * any more.
 */
export async function gradually<T>(
  name: string,
  steps: Generator<number, T>,
  isWanted: () => boolean,
): Promise<T | undefined> {
  const now = () => systemClock.scheduler.now();
  for (let begun = now(); ; ) {
    const { done, value } = steps.next();
    if (done) return value;
    if (now() - begun < SLICE_MS) continue;
    await shown({ name, share: value });
    if (!isWanted()) return undefined;
    begun = now();
  }
}
