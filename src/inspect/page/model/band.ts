/** The last hour, of all processes together and of one connection. */
import { computed, signal } from '@preact/signals';
import {
  BAND_MS,
  type Band,
  type BandStep,
  CONDITIONS,
  FleetBand,
  type Stretch,
  stretchesOf,
} from '../../band.ts';
import type { Counts } from '../../rows.ts';
import type { Step } from './steps.ts';

interface Known {
  readonly band: FleetBand;
  counts: Counts;
}

/** By the names of reporters; the inspector's own has none. */
const known = new Map<string | undefined, Known>();
const bandVersion = signal(0);

export function setBand(
  reporter: string | undefined,
  band: Band | undefined,
  now: number,
  counts: Counts,
): void {
  known.set(reporter, { band: band === undefined ? new FleetBand(now) : FleetBand.of(band, now), counts });
  bandVersion.value++;
}

/** Time went on: with the counts so far, which are `counts` from here on. */
export function advanceBand(reporter: string | undefined, now: number, counts?: Counts): void {
  const own = known.get(reporter);
  if (own === undefined) return;
  own.band.advance(now, own.counts);
  own.counts = counts ?? own.counts;
}

/** Draws what `advanceBand` has added, once a second. */
export function showBand(): void {
  bandVersion.value++;
}

export function forgetBands(reporter?: string): void {
  if (reporter === undefined) known.clear();
  else known.delete(reporter);
  bandVersion.value++;
}

/** The sum over all processes; undefined before the first list. */
export const fleetBand = computed<Band | undefined>(() => {
  bandVersion.value;
  const [first, ...others] = [...known.values()].map(({ band }) => band.view());
  if (first === undefined) return undefined;
  const from = Math.max(first.from, ...others.map((band) => band.from));
  return others.reduce((sum, band) => added(sum, band, from), first);
});

function added(a: Band, b: Band, from: number): Band {
  const stepOf = (band: Band, index: number) =>
    band.steps[index + Math.round((from - band.from) / (BAND_MS / band.steps.length))];
  const steps = a.steps.map((_, index) => {
    const [one, other] = [stepOf(a, index), stepOf(b, index)];
    return CONDITIONS.map((__, place) => (one?.[place] ?? 0) + (other?.[place] ?? 0)) as unknown as BandStep;
  });
  return { from, steps };
}

/** What the steps of a connection tell of the hour before `now`. */
export function stretchesOfSteps(steps: readonly Step[], now: number): readonly Stretch[] {
  const moves = steps.flatMap(({ at, chart, to }) =>
    to === undefined || at > now
      ? []
      : [{ at, to: to.slice(to.indexOf('.') + 1), ...(chart !== 'connection' && { chart }) }],
  );
  const from = now - BAND_MS;
  return stretchesOf(moves, now)
    .filter(({ to }) => to > from)
    .map((stretch) => ({ ...stretch, from: Math.max(from, stretch.from) }));
}
