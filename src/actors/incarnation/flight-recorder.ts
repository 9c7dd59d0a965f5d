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
import type { ConnectionMove, HistoryEntry, Move, Reading, Recorder, SupervisionMove } from './recorder.ts';

/** Options of `flightRecorder`. */
export interface FlightRecorderOptions {
  /** Moves kept for each connection, the newest. Default 32. */
  readonly entries?: number;
}

const kinds: Kinds<FlightRecorderOptions> = { entries: 0 };

/**
 * A recorder that keeps the moves of both charts from state to state, substates included; a heartbeat is none.
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

/** Exits whose code and detail are kept. */
const NOTES = 4;

interface Note {
  readonly entry: number;
  readonly code?: string | number;
  readonly detail?: string;
}

/** Bare numbers while there are few of them, and nothing to note. */
type FlightTape = number[] | Reel;

const events = ['start', ...connectionMachine.events] as HistoryEntry['event'][];
const supervisionEvents = supervisionMachine.events as HistoryEntry['event'][];
/** States of the supervision chart come last: the target tells the chart of an entry, and so of its event. */
const connectionStates = ['(other)', ...leavesOf(connectionMachine.root)];
const states = [...connectionStates, ...leavesOf(supervisionMachine.root)];
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
  readonly #entries: number;

  constructor(entries: number) {
    this.#entries = entries;
  }

  record(tape: FlightTape | undefined, move: Move, now: number): FlightTape | undefined {
    if (move.chart === 'supervision') return this.#recordSupervision(tape, move, now);
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
    const last: Record<ChartName, number | undefined> = { connection: undefined, supervision: undefined };
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

interface Unrolled {
  readonly entries: readonly number[];
  readonly notes: readonly Note[];
  readonly first?: number | undefined;
}

/** A tape that is full, and goes round; or one with notes. */
class Reel {
  #entries: number[];
  #oldest = 0;
  /** The first of all, once it is overwritten. */
  #first: number | undefined;
  readonly #notes: Note[] = [];

  constructor(entries: number[]) {
    this.#entries = entries;
  }

  add(entry: number, noted: Note | undefined, most: number): void {
    if (this.#entries.length < most) this.#entries = extended(this.#entries, entry);
    else {
      this.#first ??= this.#entries[this.#oldest];
      this.#entries[this.#oldest] = entry;
      this.#oldest = (this.#oldest + 1) % most;
    }
    if (noted === undefined) return;
    this.#notes.push(noted);
    if (this.#notes.length > NOTES) this.#notes.shift();
  }

  unrolled(): Unrolled {
    const [entries, oldest] = [this.#entries, this.#oldest];
    const inOrder = [...entries.slice(oldest), ...entries.slice(0, oldest)];
    return { entries: inOrder, notes: this.#notes, first: this.#first };
  }
}

/** Grows by one at a time: an array with room to spare costs more than all of this. */
function extended(entries: number[] | undefined, entry: number): number[] {
  return entries === undefined ? [entry] : entries.concat(entry);
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
  const names = chartOf(entry) === 'supervision' ? supervisionEvents : events;
  return names[Math.floor((entry % CODES) / (STATES * PARAMS))] ?? 'start';
}

type ChartName = Move['chart'];

function chartOf(entry: number): ChartName {
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
