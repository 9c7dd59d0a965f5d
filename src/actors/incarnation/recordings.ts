/** The part `recordings`, which `flightRecorder` brings with it: what a recorder is told, and what it gives back. A recorder is foreign code. */
import type { StateValue } from 'xstate';
import type { ConnectionSnapshot } from '../../machines/connection.ts';
import type { ConnectionEvent } from '../../machines/port.ts';
import type {
  ConnectionMove,
  HistoryEntry,
  Move,
  Recorder,
  Recording,
  RecordingPort,
  Recordings,
  Tape,
} from './recorder.ts';

class TapeDeck implements Recording {
  readonly #recorder: Recorder;
  readonly #port: RecordingPort;

  constructor(recorder: Recorder, port: RecordingPort) {
    this.#recorder = recorder;
    this.#port = port;
  }

  record(tape: Tape, move: Move): Tape {
    const { timekeeper, journal } = this.#port;
    let longer = tape;
    journal.shield('recorder', () => {
      longer = this.#recorder.record(tape, move, timekeeper.now());
      return longer;
    });
    return longer;
  }

  read(tape: Tape, incarnation: number): readonly HistoryEntry[] {
    const { timekeeper, journal } = this.#port;
    let entries: readonly HistoryEntry[] = [];
    journal.shield('recorder', () => {
      const reading = { incarnation, now: timekeeper.now(), wall: timekeeper.clock.wall() };
      const read: unknown = this.#recorder.read(tape, reading);
      if (Array.isArray(read)) entries = read;
      return read;
    });
    return entries;
  }

  moveOf(
    event: ConnectionEvent | undefined,
    before: ConnectionSnapshot | undefined,
    { value, output, context }: ConnectionSnapshot,
  ): ConnectionMove | undefined {
    if (before !== undefined && sameState(before.value, value)) return undefined;
    return { chart: 'connection', event, from: before?.value, to: value, verdict: output ?? context.verdict };
  }
}

/** Compares state values as the chart has them, at most one substate deep: asked for each event. */
function sameState(before: StateValue, after: StateValue): boolean {
  if (before === after) return true;
  if (typeof before === 'string' || typeof after === 'string') return false;
  for (const state in before) return before[state] === after[state];
  return false;
}

export const recordings: { readonly recordings: Recordings } = {
  recordings: (recorder, port) => new TapeDeck(recorder, port),
};
