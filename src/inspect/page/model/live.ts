/** The WebSocket to the server, the verdict about the server, and the handling of its messages. Reconnects after a second. */
import { batch } from '@preact/signals';
import { systemClock } from '../../../time/clock.ts';
import { changedRow } from '../../changed-row.ts';
import type { Row } from '../../rows.ts';
import {
  type ReporterMessage,
  type SamplesMessage,
  type ServerMessage,
  SILENT_MS,
  WIRE_VERSION,
} from '../../wire.ts';
import { type ClientMessage, MAX_WATCHED } from '../../wire-requests.ts';
import { forgetMoves, noteMove } from './announce.ts';
import { advanceBand, forgetBands, setBand, showBand } from './band.ts';
import type { Detail } from './detail.ts';
import { drawLater } from './pace.ts';
import { keyed, keyOf, partsOf, reporters, setReporter, setVitals } from './reporters.ts';
import * as state from './state.ts';
import { stepOfMessage } from './steps.ts';

const VERSION = WIRE_VERSION;
const RETRY_MS = 1000;
/** Connections watched at once: the selected one, and those selected before it. */
const WATCHED = Math.min(8, MAX_WATCHED);

/** Rows of a list that is drawn with each change. */
const SHORT = 500;
const showAll = () => void state.version.value++;
const showDetail = () => void state.detailVersion.value++;

const watched = new Set<string>();
let socket: WebSocket | undefined;
let messages = false;
/** When the socket last heard of the server, or was opened. */
let heardAt = 0;
/** Set for a server of another version, and while a recording is open. */
let over = false;

export function connectLive(url: string): void {
  state.source.value = 'live';
  open(url);
}

export function disconnectLive(): void {
  over = true;
  socket?.close();
  watched.clear();
}

function open(url: string): void {
  if (over) return;
  // Trying again is no news: the verdict stays until there is another.
  if (state.link.value !== 'lost' && state.link.value !== 'refused') state.link.value = 'connecting';
  heardAt = systemClock.scheduler.now();
  socket = new WebSocket(url);
  socket.onmessage = ({ data }) => {
    heardAt = systemClock.scheduler.now();
    receive(JSON.parse(String(data)) as ServerMessage);
  };
  socket.onclose = async () => {
    state.link.value = await verdictAfterClose();
    if (!over) systemClock.scheduler.schedule(() => open(url), RETRY_MS);
  };
}

/** A browser does not tell why a WebSocket was refused; the page's own URL does. */
async function verdictAfterClose(): Promise<'lost' | 'refused'> {
  try {
    const signal = AbortSignal.timeout(SILENT_MS);
    const { status } = await fetch(location.href, { method: 'HEAD', cache: 'no-store', signal });
    return status === 401 || status === 403 ? 'refused' : 'lost';
  } catch {
    return 'lost';
  }
}

/** Called ten times a second: a frozen process closes no socket, so its silence is the only sign. */
export function watchServer(): void {
  const silence = systemClock.scheduler.now() - heardAt;
  const silent = silence > SILENT_MS;
  state.silentFor.value = Math.floor(silence / 1000);
  if (silent && state.link.value !== 'refused') state.link.value = 'silent';
  else if (state.link.value === 'silent')
    state.link.value = socket?.readyState === WebSocket.OPEN ? 'open' : 'lost';
}

export function say(message: ClientMessage): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

export function watch(id: string): void {
  watched.delete(id);
  watched.add(id);
  for (const oldest of watched) {
    if (watched.size <= WATCHED) break;
    watched.delete(oldest);
    say({ type: 'unwatch', ...partsOf(oldest) });
  }
  say({ type: 'watch', ...partsOf(id) });
}

export function setPaused(paused: boolean): void {
  say({ type: 'options', paused });
}

export function showMessages(wanted: boolean): void {
  messages = wanted;
  say({ type: 'options', messages });
}

function receive(message: ServerMessage): void {
  batch(() => apply(message));
}

function apply(message: ServerMessage): void {
  switch (message.type) {
    case 'hello':
      return greet(message);
    case 'full':
      return replaceAll(message);
    case 'reporter':
      return follow(message);
    case 'delta':
      // A delta that was sent before the server heard of the pause is dropped: a full list follows it.
      return state.paused.value ? undefined : change(message);
    case '@xstate.actor':
      return;
    case 'process':
      if (message.reporter !== undefined) advanceBand(message.reporter, message.now);
      return setVitals(message);
    case 'beat':
      return goOn(message);
    case 'proposed':
      state.proposed.value = message;
      return;
    case 'acted':
      state.notice.value = `${message.action} of ${message.id}: ${message.error ?? message.result ?? ''}`;
      return;
    case 'refused':
      state.notice.value = `The server refused: ${message.why}`;
      if (message.fatal) over = true;
      return;
    default:
      return enrich(message);
  }
}

function goOn({ now }: Extract<ServerMessage, { type: 'beat' }>): void {
  state.setServerTime(now);
  if (state.paused.value) return;
  advanceBand(undefined, now);
  showBand();
}

function greet({ machines, ...about }: Extract<ServerMessage, { type: 'hello' }>): void {
  if (about.version !== VERSION) {
    over = true;
    state.notice.value = `This page speaks version ${VERSION}, the server ${about.version}. Reload the page.`;
  }
  state.hello.value = about;
  state.machines.value = machines;
  state.proposed.value = undefined;
  state.link.value = 'open';
  // Processes that still report are told next.
  for (const reporter of reporters.value.keys()) clear(reporter);
  reporters.value = new Map();
  forgetBands();
  state.setServerTime(about.now);
  if (state.paused.value) setPaused(true);
  // Rows come at once, and the next tick later: their times would be those of the page's own clock until then.
  else state.now.value = state.serverNow();
  if (messages) showMessages(true);
}

/** Of a server or a reporter that is back, a connection can be watched again once it is listed. */
function watchAgain(listed: Iterable<Row>): void {
  for (const { id } of listed) if (watched.has(id)) say({ type: 'watch', ...partsOf(id) });
}

/** A reporter that is back may have other connections; those of one that leaves the list go with it. */
function follow(message: ReporterMessage): void {
  setReporter(message);
  if (message.status === 'removed') {
    clear(message.reporter);
    forgetBands(message.reporter);
  }
  state.version.value++;
}

function drop(key: string): void {
  state.rows.delete(key);
  forgetMoves(key);
}

function clear(reporter: string | undefined): void {
  for (const [key, row] of state.rows) if (row.reporter === reporter) drop(key);
  state.gates.value = state.gates.value.filter((gate) => gate.reporter !== reporter);
}

type Full = Extract<ServerMessage, { type: 'full' }>;
type Delta = Extract<ServerMessage, { type: 'delta' }>;
type News = Pick<Delta, 'now' | 'counts' | 'gates' | 'reporter'>;

/** The rows that stay keep their places. */
function replaceAll({ rows, band, ...news }: Full): void {
  const { reporter } = news;
  const next = rows.map((row) => keyed(row, reporter));
  const ids = new Set(next.map(({ id }) => id));
  for (const [key, row] of state.rows) if (row.reporter === reporter && !ids.has(key)) drop(key);
  for (const row of next) state.rows.set(row.id, row);
  watchAgain(next);
  setBand(reporter, band, news.now, news.counts);
  settle(news);
  state.version.value++;
  // Selects the first row of a new page, unless a link names another one.
  const first = next[0];
  if (state.selected.value === undefined && first !== undefined) lookAtFirst(first.id);
}

function lookAtFirst(id: string): void {
  state.selected.value = id;
  watch(id);
}

function lookAtWanted(): void {
  const { value: wanted } = state.wanted;
  if (wanted === undefined || !state.rows.has(wanted)) return;
  state.wanted.value = undefined;
  lookAtFirst(wanted);
}

function change({ added = [], changed = [], removed = [], ...news }: Delta): void {
  const { reporter } = news;
  for (const id of removed) drop(keyOf(id, reporter));
  const fresh = added.map((row) => keyed(row, reporter));
  for (const row of fresh) state.rows.set(row.id, row);
  watchAgain(fresh);
  for (const { id, ...fields } of changed) {
    const row = state.rows.get(keyOf(id, reporter));
    if (row === undefined) continue;
    const next = changedRow(row, { ...fields, id: row.id });
    state.rows.set(row.id, next);
    noteMove(row, next);
  }
  advanceBand(reporter, news.now, news.counts);
  settle(news);
}

function settle({ now, counts, gates, reporter }: News): void {
  if (reporter === undefined) state.setServerTime(now);
  if (counts && reporter === undefined) state.counts.value = counts;
  if (gates) {
    const own = gates.map((gate) => (reporter === undefined ? gate : { ...gate, reporter }));
    state.gates.value = [...state.gates.value.filter((gate) => gate.reporter !== reporter), ...own];
  }
  showRows();
  lookAtWanted();
}

/** Of a long list something changes all the time, and each look at it costs a pass over all rows. */
function showRows(): void {
  if (state.rows.size <= SHORT) state.version.value++;
  else drawLater(showAll);
}

/** Samples come ten times a second, and plots are drawn whole. */
function addSamples(detail: Detail, { samples }: SamplesMessage, key: string): void {
  detail.addSamples(samples);
  if (key === state.selected.value) drawLater(showDetail);
}

type OfWatched = Extract<ServerMessage, { connection: string }>;

function enrich(message: Exclude<OfWatched, { type: '@xstate.actor' }>): void {
  if (!('connection' in message)) return;
  const key = keyOf(message.connection, message.reporter);
  const detail = state.detailOf(key);
  if (message.type === '@xstate.transition') detail.addTransition(message);
  else if (message.type === 'supervision') detail.addSupervision(message);
  else if (message.type === 'history') detail.addHistory(message.entries);
  else if (message.type === 'samples') return addSamples(detail, message, key);
  else if (message.type === 'suspicion') detail.addSuspicion(message);
  else if (message.type === 'message') detail.add(stepOfMessage(message));
  else if (message.type === 'lifecycle') detail.addLifecycle(message);
  if (key === state.selected.value) state.detailVersion.value++;
}
