/**
 * Records the last moves of each connection, always on: an entry is one number, and an idle connection has four of
 * them.
 */
import type { AnyStateNode, StateValue } from 'xstate';
import { ConfigError } from '../../base/errors.ts';
import { checked, type Kinds } from '../../base/options.ts';
import { connectionMachine } from '../../machines/connection.ts';
import type { Deadline } from '../../machines/port.ts';
import { supervisionMachine } from '../../machines/supervision.ts';
import { reasonClasses } from '../../policy/exits.ts';
import { extended, type Note, Reel, type Unrolled } from './flight-reel.ts';
import type {
  ConnectionMove,
  HistoryEntry,
  Move,
  Reading,
  Recorder,
  SessionMove,
  SupervisionMove,
} from './recorder.ts';
import { recordings } from './recordings.ts';

/** Options of `flightRecorder`. */
export interface FlightRecorderOptions {
  /** Moves kept for each connection, the newest. Default 32. */
  readonly entries?: number;
}

const kinds: Kinds<FlightRecorderOptions> = { entries: 0 };

/**
 * A recorder that keeps the moves of all charts from state to state, substates included; a heartbeat is none.
 * Throws `ConfigError`.
 */
export function flightRecorder(options: FlightRecorderOptions = {}): Recorder {
  const { entries = 32 } = checked('flightRecorder', options, kinds);
  if (Number.isInteger(entries) && entries >= 1 && entries <= 1024) return new FlightRecorder(entries);
  throw new ConfigError([{ path: 'entries', value: entries, expected: 'a whole number from 1 to 1024' }]);
}

/**
 * An entry: the time in the upper bits, then event, target, and deadline or reason. Whole numbers up to
 * 2^53 are exact. The mark keeps them out of the small integers, as an array of both would be copied.
 */
const [EVENTS, STATES, PARAMS] = [32, 32, 64] as const;
const CODES = EVENTS * STATES * PARAMS;
const TIMES = 2 ** 36;
const MARK = TIMES;

/** Bare numbers while there are few of them, and nothing to note. */
type FlightTape = number[] | Reel;

const events = ['start', ...connectionMachine.events] as HistoryEntry['event'][];
const supervisionEvents = supervisionMachine.events as HistoryEntry['event'][];
/** States of the supervision chart come after: the target tells the chart of an entry, and so of its event. */
const connectionStates = ['(other)', ...leavesOf(connectionMachine.root)];
const states = [...connectionStates, ...leavesOf(supervisionMachine.root)];
/** The state of all moves of sessions, whose target follows from their event. */
const SESSION = states.length;
const sessionMoves = [
  { event: 'greeted', to: 'attached' },
  { event: 'greeted', to: 'attached', resumed: true },
  { event: 'cut', to: 'detached' },
  { event: 'over', to: 'ended' },
] as const;
const deadlines = Object.keys({
  connect: 0,
  handshake: 0,
  condemn: 0,
  close: 0,
  suspect: 0,
  write: 0,
  idle: 0,
  maxAge: 0,
  provider: 0,
  halfClosed: 0,
} satisfies Record<Deadline, 0>) as Deadline[];
const reasons = Object.keys(reasonClasses) as (keyof typeof reasonClasses)[];

const eventCodes = codesOf(events);
const supervisionEventCodes = codesOf(supervisionEvents);
const supervisionStateCodes = codesOf(states);
const deadlineCodes = codesOf(deadlines);
const reasonCodes = codesOf(reasons);
/** By state, or by state and substate: without making a string of them. */
const stateCodes = nestedCodes();

class FlightRecorder implements Recorder {
  /** A page that hands this recorder in needs no part beside it. */
  readonly recordings = recordings.recordings;
  readonly #entries: number;

  constructor(entries: number) {
    this.#entries = entries;
  }

  record(tape: FlightTape | undefined, move: Move, now: number): FlightTape | undefined {
    if (move.chart === 'supervision') return this.#recordSupervision(tape, move, now);
    if (move.chart === 'session') return this.#recordSession(tape, move, now);
    const entry = pack(move, now);
    return this.#add(tape, entry, noteOf(entry, move));
  }

  /** A step that stays in its state is no move. */
  #recordSupervision(
    tape: FlightTape | undefined,
    move: SupervisionMove,
    now: number,
  ): FlightTape | undefined {
    return move.from === move.to ? tape : this.#add(tape, packSupervision(move, now), undefined);
  }

  #recordSession(tape: FlightTape | undefined, move: SessionMove, now: number): FlightTape {
    const entry = packSession(move, now);
    return this.#add(tape, entry, sessionNoteOf(entry, move));
  }

  #add(tape: FlightTape | undefined, entry: number, noted: Note | undefined): FlightTape {
    const few = tape === undefined || (Array.isArray(tape) && tape.length < this.#entries);
    if (few && noted === undefined) return extended(tape, entry);
    const reel = tape instanceof Reel ? tape : new Reel(tape ?? []);
    reel.add(entry, noted, this.#entries);
    return reel;
  }

  read(tape: FlightTape | undefined, reading: Reading): HistoryEntry[] {
    if (tape === undefined) return [];
    const { entries, notes, first }: Unrolled =
      tape instanceof Reel ? tape.unrolled() : { entries: tape, notes: [] };
    const starts = entries.filter((entry) => eventOf(entry) === 'start').length;
    let incarnation = reading.incarnation - starts;
    const last: Partial<Record<ChartName, number>> = {};
    const moves = entries.map((entry) => {
      const chart = chartOf(entry);
      const begins = eventOf(entry) === 'start';
      if (begins) incarnation++;
      const before = begins ? undefined : last[chart];
      last[chart] = entry;
      const note = notes.find((candidate) => candidate.entry === entry);
      return unpack(entry, before, incarnation, reading, note);
    });
    if (first !== undefined && moves[0] !== undefined) moves[0].firstAt = timeOf(first, reading);
    return moves;
  }
}

function pack({ event, to, verdict }: ConnectionMove, now: number): number {
  const what = event === undefined ? 0 : (eventCodes[event.type] ?? EVENTS - 1);
  const param =
    event?.type === 'deadline-expired'
      ? deadlineCodes[event.deadline]
      : verdict && reasonCodes[verdict.reason];
  return packed(now, what, stateCode(to), param === undefined ? 0 : param + 1);
}

function packSupervision({ event, to }: SupervisionMove, now: number): number {
  return packed(now, supervisionEventCodes[event.type] ?? EVENTS - 1, supervisionStateCodes[to] ?? 0, 0);
}

function packSession({ event, resumed, replayed }: SessionMove, now: number): number {
  const code = sessionMoves.findIndex((move) => move.event === event && 'resumed' in move === resumed);
  return packed(now, code, SESSION, Math.min(replayed, PARAMS - 1));
}

function packed(now: number, event: number, state: number, param: number): number {
  const time = MARK + (Math.floor(now) % TIMES);
  return time * CODES + (event * STATES + state) * PARAMS + param;
}

/** Builds the object without spreads, as a new viewer reads the tapes of all connections at once. */
function unpack(
  entry: number,
  before: number | undefined,
  incarnation: number,
  reading: Reading,
  note: Note | undefined,
): Writable<HistoryEntry> {
  const at = timeOf(entry, reading);
  if (stateOf(entry) === SESSION) return unpackSession(entry, before, { at, incarnation }, note);
  const event = eventOf(entry);
  const to = targetOf(entry);
  const move: Writable<HistoryEntry> =
    before === undefined
      ? { at, incarnation, event, to }
      : { at, incarnation, event, from: targetOf(before), to };
  if (chartOf(entry) === 'supervision') return { chart: 'supervision', ...move };
  const param = (entry % PARAMS) - 1;
  if (event === 'deadline-expired') assign(move, 'deadline', deadlines[param]);
  else assign(move, 'reason', reasons[param]);
  assign(move, 'code', note?.code);
  assign(move, 'detail', note?.detail);
  return move;
}

/** A connection that is new may be the next one of a session that goes on: where that was before, its tape does not say. */
function unpackSession(
  entry: number,
  before: number | undefined,
  fields: Pick<HistoryEntry, 'at' | 'incarnation'>,
  note: Note | undefined,
): Writable<HistoryEntry> {
  const { event, to, ...resumed } = sessionMoveOf(entry);
  const was = before === undefined ? 'ended' : sessionMoveOf(before).to;
  const first = was === 'ended' && 'resumed' in resumed ? 'detached' : 'new';
  const from = event === 'cut' ? 'attached' : was === 'ended' ? first : was;
  const replayed = note?.replayed ?? entry % PARAMS;
  const move: Writable<HistoryEntry> = { chart: 'session', ...fields, event, from, to, ...resumed };
  if (replayed > 0) move.replayed = replayed;
  assign(move, 'detail', note?.detail);
  return move;
}

function sessionMoveOf(entry: number): (typeof sessionMoves)[number] {
  return sessionMoves[eventCodeOf(entry)] ?? sessionMoves[0];
}

function timeOf(entry: number, { now, wall }: Reading): number {
  return wall - ((MARK + Math.floor(now) - Math.floor(entry / CODES) + TIMES) % TIMES);
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

function assign<Key extends 'deadline' | 'reason' | 'code' | 'detail'>(
  move: Writable<HistoryEntry>,
  key: Key,
  value: HistoryEntry[Key] | undefined,
): void {
  if (value !== undefined) move[key] = value as Writable<HistoryEntry>[Key];
}

function eventOf(entry: number): HistoryEntry['event'] {
  if (stateOf(entry) === SESSION) return sessionMoveOf(entry).event;
  const names = chartOf(entry) === 'supervision' ? supervisionEvents : events;
  return names[eventCodeOf(entry)] ?? 'start';
}

function eventCodeOf(entry: number): number {
  return Math.floor((entry % CODES) / (STATES * PARAMS));
}

type ChartName = Move['chart'];

function chartOf(entry: number): ChartName {
  if (stateOf(entry) === SESSION) return 'session';
  return stateOf(entry) < connectionStates.length ? 'connection' : 'supervision';
}

function targetOf(entry: number): string {
  return states[stateOf(entry)] ?? '(other)';
}

function stateOf(entry: number): number {
  return Math.floor(entry / PARAMS) % STATES;
}

/** On the way to `closed`, code and detail of the exit. The error itself would keep too much alive. */
function noteOf(entry: number, { to, verdict }: ConnectionMove): Note | undefined {
  if (to !== 'closed' || verdict === undefined) return undefined;
  const { code, detail } = verdict;
  if (code === undefined && detail === undefined) return undefined;
  return { entry, ...(code !== undefined && { code }), ...(detail !== undefined && { detail }) };
}

/** Notes are few: counts up to the limit of an entry need none. */
function sessionNoteOf(entry: number, { replayed, reason }: SessionMove): Note | undefined {
  if (reason !== undefined) return { entry, detail: reason };
  return replayed < PARAMS - 1 ? undefined : { entry, replayed };
}

function stateCode(value: StateValue): number {
  if (typeof value === 'string') return (stateCodes[value] as number | undefined) ?? 0;
  for (const state in value) {
    const codes = stateCodes[state];
    return (typeof codes === 'object' && codes[value[state] as string]) || 0;
  }
  return 0;
}

function leavesOf(node: AnyStateNode): string[] {
  const children = Object.values(node.states);
  return children.length === 0 ? [node.path.join('.')] : children.flatMap(leavesOf);
}

function codesOf(names: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(names.map((name, code) => [name, code]));
}

function nestedCodes(): Readonly<Record<string, number | Record<string, number>>> {
  const codes: Record<string, number | Record<string, number>> = {};
  for (const [code, name] of connectionStates.entries()) {
    const [state = '', substate] = name.split('.');
    if (substate === undefined) codes[state] = code;
    else codes[state] = { ...(codes[state] as object), [substate]: code };
  }
  return codes;
}
