/** The moves and log lines of a recording as lines of JSON, in the order in which they happened. */
import type { HistoryEntry } from '../../actors/incarnation/recorder.ts';
import type { RecordedConnection, Recording } from '../../inspect/recording-format.ts';
import type { LifecycleMessage, SupervisionMessage, TransitionMessage } from '../../inspect/wire.ts';

/** `event` is `move`, or that of a line of the log. */
export interface ReplayLine {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly connection: string;
  /** The process that reported it to the inspector. */
  readonly reporter?: string;
  readonly incarnation: number;
  readonly event: string;
  readonly [field: string]: unknown;
}

/** Times of the flight recorder are whole milliseconds of another reading of the clock. */
const SAME_MS = 5;

export function linesOf({ connections }: Recording): readonly ReplayLine[] {
  return connections.flatMap(linesOfOne).sort((a, b) => a.time - b.time);
}

function linesOfOne(recorded: RecordedConnection): readonly ReplayLine[] {
  const { row, history, transitions, supervision, lifecycle } = recorded;
  const { id, reporter } = row;
  const about = reporter === undefined ? { connection: id } : { connection: nameOf(id, reporter), reporter };
  const lines = [
    ...transitions
      .filter(({ from, to }) => to !== undefined && from !== to)
      .map((each) => ofTransition(about, each)),
    ...supervision.filter(({ from, to }) => from !== to).map((each) => ofSupervision(about, each)),
  ];
  const isNews = unlike(lines);
  const remembered = history.map((entry) => ofHistory(about, entry)).filter(isNews);
  return [...remembered, ...lines, ...lifecycle.map((each) => ofLifecycle(about, each))];
}

/** Whether a move of the flight recorder is none of `lines`. The log has those of sessions. */
function unlike(lines: readonly ReplayLine[]): (line: ReplayLine) => boolean {
  const first = lines.reduce((least, { time }) => Math.min(least, time), Number.POSITIVE_INFINITY);
  const keyOf = ({ chart, incarnation, to, time }: ReplayLine, shift: number) =>
    `${chart} ${incarnation} ${to} ${Math.floor(time / SAME_MS) + shift}`;
  const known = new Set(lines.map((line) => keyOf(line, 0)));
  return (line) =>
    line.chart === 'session' ? line.time < first : ![-1, 0, 1].some((shift) => known.has(keyOf(line, shift)));
}

type About = Pick<ReplayLine, 'connection' | 'reporter'>;

/** The page appends the reporter to the id, behind a control character. */
function nameOf(id: string, reporter: string): string {
  const tail = `\u001f${reporter}`;
  return id.endsWith(tail) ? id.slice(0, -tail.length) : id;
}

function ofHistory(about: About, entry: HistoryEntry): ReplayLine {
  const { at: time, incarnation, chart = 'connection', event: cause, ...rest } = entry;
  return { time, ...about, incarnation, event: 'move', chart, cause, ...rest };
}

/** Fields that the flight recorder keeps of an event. */
const told = ['deadline', 'reason', 'code', 'detail'] as const;

function ofTransition(about: About, message: TransitionMessage): ReplayLine {
  const { at: time, incarnation, event, from, to } = message;
  const fields = { ...event, ...(event.failure as object | undefined) } as Readonly<Record<string, unknown>>;
  const known = told.filter((field) => fields[field] !== undefined).map((field) => [field, fields[field]]);
  return {
    time,
    ...about,
    incarnation,
    event: 'move',
    chart: 'connection',
    cause: event.type,
    ...(from !== undefined && { from: within(from) }),
    to: within(to ?? ''),
    ...Object.fromEntries(known),
  };
}

function ofSupervision(about: About, message: SupervisionMessage): ReplayLine {
  const { at: time, incarnation, event: cause, from, to } = message;
  const ends = { from: within(from), to: within(to) };
  return { time, ...about, incarnation, event: 'move', chart: 'supervision', cause, ...ends };
}

function ofLifecycle(about: About, { at: time, incarnation, event }: LifecycleMessage): ReplayLine {
  const { type, ...fields } = event;
  return { ...fields, time, ...about, incarnation, event: type };
}

/** A node without the name of its chart, as in the flight recorder. */
function within(node: string): string {
  return node.slice(node.indexOf('.') + 1);
}
