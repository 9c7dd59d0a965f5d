/** The outcome of a simulation: a row for each policy. */
import type { Setting } from '../../storm/storm.ts';
import type { Course, Figures } from '../../storm/tally.ts';

export interface Result {
  readonly figures: Figures;
  readonly course: Course;
}

export interface Results {
  readonly setting: Setting;
  readonly rows: readonly Result[];
}
