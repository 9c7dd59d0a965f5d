/** The account of what the applications of several server processes have written down, against what sessions promise. */

/** Messages that were claimed and not recorded when a process was killed: by client, from and to, both included. */
export type Doubts = ReadonlyMap<string, readonly (readonly [number, number])[]>;

export interface Audit {
  /** Handlers that began. */
  readonly begun: number;
  /** Handlers that began with `again`. */
  readonly flagged: number;
  /** Messages that were begun a second time, or a third. */
  readonly repeated: number;
  /** The same, without `again`. */
  readonly unflagged: number;
  /** Flagged, though they were not claimed and unrecorded at a kill. */
  readonly undoubted: number;
  /** Behind a later one, or behind a gap. */
  readonly misplaced: number;
  /** Begun in one process while another one, neither killed nor frozen, was handling a message of the session. */
  readonly overlapping: number;
  /** Begun by a process after another one had begun a message of the session, and without a handle of its own since then. */
  readonly foreign: number;
}

type Counts = { -readonly [Key in keyof Audit]: Audit[Key] };

/** One client's session. */
interface Course {
  /** The last message that began, and the greatest. */
  last: number;
  greatest: number;
  /** The process that began the last message with a handle of its own. */
  owner: number;
  /**
   * Processes that were told of the session, and have begun nothing since. One that is slow is told of it when another one has it
   * by then: a handle alone says nothing.
   */
  readonly told: Set<number>;
  /** The process that is handling a message; -1: none. */
  busy: number;
}

/** `gaps`: messages may be missing, as some are not sent again. */
export function audit(log: string, doubts: Doubts | undefined, gaps = false): Audit {
  const counts: Counts = {
    ...{ begun: 0, flagged: 0, repeated: 0, unflagged: 0 },
    ...{ undoubted: 0, misplaced: 0, overlapping: 0, foreign: 0 },
  };
  const courses = new Map<string, Course>();
  for (const line of log.split('\n')) {
    const [by, what, of = '', number, flag] = line.split(' ');
    const life = Number(by);
    // Handlers that it has begun hold up no other process.
    if (what === 'killed' || what === 'frozen')
      for (const each of courses.values()) if (each.busy === life) each.busy = -1;
    const course = courses.get(of) ?? { last: -1, greatest: -1, owner: -1, told: new Set(), busy: -1 };
    if (of !== '') courses.set(of, course);
    if (what === 'session') course.told.add(life);
    if (what === 'end' && course.busy === life) course.busy = -1;
    if (what !== 'begin') continue;
    const n = Number(number);
    const isFlagged = flag === '1';
    counts.begun++;
    if (isFlagged) counts.flagged++;
    if (isFlagged && doubts !== undefined && !isDoubted(doubts.get(of), n)) counts.undoubted++;
    if (n <= course.greatest) counts.repeated++;
    if (n <= course.greatest && !isFlagged) counts.unflagged++;
    if (gaps ? n <= course.last && !isFlagged : n > course.last + 1) counts.misplaced++;
    if (course.busy >= 0 && course.busy !== life) counts.overlapping++;
    if (course.told.delete(life)) course.owner = life;
    if (course.owner !== life) counts.foreign++;
    course.last = n;
    course.greatest = Math.max(course.greatest, n);
    course.busy = life;
  }
  return counts;
}

function isDoubted(ranges: readonly (readonly [number, number])[] = [], n: number): boolean {
  return ranges.some(([from, to]) => n >= from && n <= to);
}
