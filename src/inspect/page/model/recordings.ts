/** Exports the data of the page as a recording, and opens recordings in place of a server. */
import { batch } from '@preact/signals';
import { describeThrown } from '../../../policy/exits.ts';
import { type Band, FleetBand, presentOf, stretchesOf } from '../../band.ts';
import { countsOf } from '../../counts.ts';
import { parsing } from '../../recording.ts';
import { RECORDING_VERSION, type RecordedConnection, type Recording } from '../../recording-format.ts';
import type { Row } from '../../rows.ts';
import { WIRE_VERSION } from '../../wire.ts';
import { forgetBands, setBand } from './band.ts';
import { Detail, STEPS } from './detail.ts';
import { stamp } from './format.ts';
import { disconnectLive } from './live.ts';
import { gradually, progress, shown } from './opening.ts';
import * as state from './state.ts';

/** The rows of all connections, and all messages about those that were watched. */
export function recordingOfPage(): Recording {
  return {
    format: 'holdfast-recording',
    version: RECORDING_VERSION,
    at: state.serverNow(),
    madeBy: state.hello.value?.server ?? 'holdfast inspector',
    gates: state.gates.value,
    connections: Array.from(state.rows.values(), recorded),
  };
}

function recorded(row: Row): RecordedConnection {
  const known = state.details.get(row.id);
  return {
    row,
    history: known?.history ?? [],
    transitions: known?.transitions ?? [],
    supervision: known?.supervision ?? [],
    samples: known?.samples ?? [],
    suspicions: known?.suspicions ?? [],
    lifecycle: known?.lifecycle ?? [],
  };
}

export function exportRecording(): void {
  const recording = recordingOfPage();
  const file = new Blob([JSON.stringify(recording)], { type: 'application/json' });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = `holdfast-${stamp(recording.at)}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Shows a notice for a file that is no recording. */
export async function openFile(file: File): Promise<void> {
  await opening(file.name, async () => await file.text());
}

/** Opens the recording that the page's own server has. */
export async function openServed(url: string, name: string): Promise<void> {
  await opening(name, async () => {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`the server answered with status ${response.status}`);
    return await response.text();
  });
}

let openings = 0;

/** Of two recordings that are opened at once, the later is shown. */
async function opening(name: string, read: () => Promise<string>): Promise<void> {
  const own = ++openings;
  const isLatest = () => own === openings;
  try {
    await shown({ name, share: 0 });
    const text = await read();
    const recording = isLatest() ? await gradually(name, parsing(text, STEPS), isLatest) : undefined;
    if (recording === undefined) return;
    const details = await gradually(name, loading(recording.connections), isLatest);
    if (details !== undefined) openRecording(recording, details, name);
  } catch (error) {
    if (!isLatest()) return;
    const what = (error as Partial<Error>).name === 'ConfigError' ? 'is not a recording' : 'was not opened';
    state.notice.value = `${name} ${what}: ${describeThrown(error).slice(0, 300)}`;
  } finally {
    if (isLatest()) progress.value = undefined;
  }
}

function openRecording(
  { at, madeBy, gates, connections }: Recording,
  details: readonly Detail[],
  name: string,
): void {
  disconnectLive();
  batch(() => {
    state.source.value = 'recording';
    state.recordingName.value = name;
    state.hello.value = {
      type: 'hello',
      version: WIRE_VERSION,
      now: at,
      server: madeBy,
      mayShowMessages: false,
    };
    state.paused.value = false;
    state.notice.value = undefined;
    state.gates.value = gates;
    state.now.value = at;
    state.query.value = '';
    state.rows.clear();
    state.details.clear();
    for (const { row } of connections) state.rows.set(row.id, row);
    for (const detail of details) state.details.set(detail.id, detail);
    forgetBands();
    setBand(undefined, bandOf(connections, at), at, countsOf(state.rows.values()));
    state.counts.value = undefined;
    state.cursor.value = undefined;
    state.selected.value = mostInteresting(connections)?.row.id;
    state.version.value++;
    state.detailVersion.value++;
  });
}

/** The hour before the end of a recording. */
function bandOf(connections: readonly RecordedConnection[], at: number): Band {
  const band = new FleetBand(at);
  for (const { row, history } of connections) {
    const known = history.length > 0 ? stretchesOf(history, at) : presentOf(row, at);
    for (const stretch of known) band.add(stretch);
  }
  return band.view();
}

/** The data of connections beyond their rows. Yields the part that is done. */
function* loading(connections: readonly RecordedConnection[]): Generator<number, readonly Detail[]> {
  const details: Detail[] = [];
  for (const [at, recorded] of connections.entries()) {
    const { row, history, transitions, supervision, samples } = recorded;
    if (history.length + transitions.length + supervision.length + samples.length > 0)
      details.push(loaded(row, recorded));
    yield (at + 1) / connections.length;
  }
  return details;
}

function loaded(row: Row, recorded: RecordedConnection): Detail {
  const { history, transitions, supervision, samples, suspicions, lifecycle } = recorded;
  const detail = new Detail(row.id, state.chartsOf(row));
  for (const message of inOrder([...transitions, ...supervision], lifecycle)) {
    if (message.type === 'lifecycle') detail.addLifecycle(message);
    else if (message.type === 'supervision') detail.addSupervision(message);
    else detail.addTransition(message);
  }
  detail.addHistory(history);
  detail.addSamples(inOrder(samples, []));
  for (const suspicion of suspicions) detail.addSuspicion(suspicion);
  return detail;
}

/** Sorts by time; at the same time messages of `first` come first. */
function inOrder<A extends { readonly at: number }, B extends { readonly at: number }>(
  first: readonly A[],
  second: readonly B[],
): (A | B)[] {
  return [...first, ...second].sort((a, b) => a.at - b.at);
}

function mostInteresting(connections: readonly RecordedConnection[]): RecordedConnection | undefined {
  const weigh = ({ history, transitions }: RecordedConnection) => history.length + 100 * transitions.length;
  return [...connections].sort((a, b) => weigh(b) - weigh(a))[0];
}
