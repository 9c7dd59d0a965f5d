/** Measures the time from each fault to suspicion, close and recovery. */
import type { LifecycleEvent } from '../../actors/supervisor/events.ts';
import type { FaultKind } from './faults.ts';
import type { Fault } from './script.ts';

/** Milliseconds since the fault began; absent when the state was not reached. */
interface Course {
  readonly kind: FaultKind;
  readonly begunAt: number;
  suspected?: number;
  closed?: number;
  /** The last time it became alive; more than once at a server that accepts and closes. */
  alive?: number;
}

export interface FaultSummary {
  readonly fault: FaultKind;
  readonly played: number;
  /** The number of connections hit. */
  readonly hits: number;
  /** The number of hits after which the connection became alive again. */
  readonly survived: number;
  /** Median milliseconds from the fault. */
  readonly suspectedMs?: number;
  readonly closedMs?: number;
  readonly aliveMs?: number;
}

export class Measures {
  readonly #played = new Map<FaultKind, number>();
  readonly #courses: Course[] = [];
  /** The last fault of each connection, by id. */
  readonly #current = new Map<string, Course>();

  begin({ kind, victims }: Fault, now: number): void {
    this.#played.set(kind, (this.#played.get(kind) ?? 0) + 1);
    for (const id of victims) {
      const course: Course = { kind, begunAt: now };
      this.#courses.push(course);
      this.#current.set(id, course);
    }
  }

  observe(event: LifecycleEvent, now: number): void {
    if (event.event !== 'state') return;
    const course = this.#current.get(event.connection);
    if (course === undefined) return;
    const elapsed = now - course.begunAt;
    if (event.to === 'suspect') course.suspected ??= elapsed;
    if (event.to === 'closed') course.closed ??= elapsed;
    if (event.to === 'alive' && event.from === 'connecting') course.alive = elapsed;
  }

  summary(): FaultSummary[] {
    return Array.from(this.#played, ([fault, played]) => {
      const courses = this.#courses.filter(({ kind }) => kind === fault);
      return {
        fault,
        played,
        hits: courses.length,
        survived: courses.filter(({ alive }) => alive !== undefined).length,
        ...median(
          'suspectedMs',
          courses.map(({ suspected }) => suspected),
        ),
        ...median(
          'closedMs',
          courses.map(({ closed }) => closed),
        ),
        ...median(
          'aliveMs',
          courses.map(({ alive }) => alive),
        ),
      };
    });
  }
}

/** The median of the defined values, under `key`; no key without values. */
function median<K extends string>(key: K, values: readonly (number | undefined)[]): { [P in K]?: number } {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1];
  const high = sorted[Math.floor(middle)];
  if (low === undefined || high === undefined) return {};
  return { [key]: Math.round((low + high) / 2) } as { [P in K]?: number };
}
