/** The list of all connections; only visible rows are drawn. */
import { useLayoutEffect } from 'preact/hooks';
import { phaseOf } from '../../counts.ts';
import type { Row } from '../../rows.ts';
import { panel, select } from '../model/actions.ts';
import { count, duration, ms, rate } from '../model/format.ts';
import { items } from '../model/groups.ts';
import type { SortKey } from '../model/query.ts';
import { idOf } from '../model/reporters.ts';
import * as state from '../model/state.ts';
import { vitalsText } from './facts.tsx';
import { GroupLine } from './group-line.tsx';
import { Pill, shownPhase, substateOf, Wait } from './phase.tsx';
import { hasMany, Process } from './process.tsx';
import { Spark } from './spark.tsx';
import { reveal, useWindow } from './use-window.ts';

const ROW = 46;

type Column = readonly [key: SortKey, title: string];

const ownColumns: readonly Column[] = [
  ['id', 'connection'],
  ['state', 'state'],
  ['next', 'rtt, next try'],
  ['rtt', 'rtt'],
  ['age', 'age'],
];

/** With the process of each connection, where several of them are shown. */
const columnsOfMany = ownColumns.toSpliced(1, 0, ['process', 'process']);

export function List() {
  const lines = items.value;
  const { ref, first, end, onScroll } = useWindow(lines.length, ROW);
  const selected = state.selected.value;
  const at = lines.findIndex(({ row }) => row !== undefined && row.id === selected);
  useLayoutEffect(() => reveal(ref.current, at, ROW), [selected]);
  return (
    <>
      <Columns />
      <div class="rows" ref={ref} onScroll={onScroll}>
        <ul style={{ height: `${lines.length * ROW}px` }} aria-label="connections">
          {lines.slice(first, end).map(({ row, group }, index) => (
            <li
              key={row?.id ?? `\u001e${group?.name}`}
              style={{ transform: `translateY(${(first + index) * ROW}px)` }}
            >
              {row && <Line row={row} selected={row.id === selected} />}
              {group && <GroupLine group={group} />}
            </li>
          ))}
        </ul>
        {lines.length === 0 && <Nothing />}
      </div>
      <Footer shown={state.visible.value.length} />
    </>
  );
}

function ofMany(): string {
  return hasMany.value ? ' of-many' : '';
}

function Columns() {
  const order = state.order.value;
  const sort = (key: SortKey) => {
    if (order?.key !== key) state.order.value = { key, descending: false };
    else state.order.value = order.descending ? undefined : { key, descending: true };
  };
  return (
    <div class={`columns${ofMany()}`}>
      {(hasMany.value ? columnsOfMany : ownColumns).map(([key, title]) => (
        <button
          key={key}
          type="button"
          class={`column-${key}`}
          title={`sort by ${title}`}
          aria-pressed={order?.key === key}
          onClick={() => sort(key)}
        >
          {title}
          <i>{order?.key === key ? (order.descending ? '↓' : '↑') : ''}</i>
        </button>
      ))}
    </div>
  );
}

function Line({ row, selected }: { readonly row: Row; readonly selected: boolean }) {
  const now = state.timeOf(row);
  const { id, url, status, rttMs, rtts, since, because } = row;
  const phase = shownPhase(row);
  const waiting = status === 'waiting';
  const open = () => {
    select(id);
    panel.value = 'chart';
  };
  return (
    <button
      type="button"
      class={`row s-${phase}${ofMany()}`}
      data-id={id}
      data-phase={phase}
      aria-current={selected}
      tabIndex={selected ? 0 : -1}
      onClick={open}
    >
      <i class="dot" />
      <span class="row-name">
        <b>{idOf(id)}</b>
        <small>{url}</small>
      </span>
      {hasMany.value && <Process row={row} />}
      <span class="row-state">
        <Pill row={row} />
        <small>{underState(row)}</small>
      </span>
      <span class="row-pulse">
        {waiting ? <Wait row={row} now={now} /> : <Spark rtts={rtts ?? []} />}
        {waiting ? <small>{because}</small> : <Flow row={row} />}
      </span>
      <span class="row-numbers">
        <b>{rttMs === undefined ? '–' : ms(rttMs)}</b>
        <small>{duration(now - since)}</small>
      </span>
    </button>
  );
}

/** Messages per second, below the round trips. */
function Flow({ row: { traffic, status } }: { readonly row: Row }) {
  if (traffic === undefined || status !== 'running') return null;
  const { in: inbound, out } = traffic;
  if (inbound.messageRate + out.messageRate === 0) return null;
  return (
    <small class="row-flow" title="messages per second, in and out">
      ↓ {rate(inbound.messageRate)} ↑ {rate(out.messageRate)}
    </small>
  );
}

/** Below the state: of a process that reports no more, what it was; of a session, what it waits for. */
function underState(row: Row): string {
  const { status, reason = '' } = row;
  if (shownPhase(row) === 'unknown') return `was ${phaseOf(row)}`;
  const queued = row.traffic?.outbox.messages ?? 0;
  if (queued > 0 && row.state !== 'alive') return `${count(queued)} queued`;
  return (
    sessionUnder(row) ?? (status === 'waiting' || status === 'gave-up' ? reason : (substateOf(row) ?? ''))
  );
}

function sessionUnder({ status, session, node }: Row): string | undefined {
  if (session?.until !== undefined) return `kept ${duration(session.until - state.now.value)}`;
  if (status !== 'running' || node !== 'connection.alive') return undefined;
  const messages = session?.outgoing.messages ?? 0;
  return messages > 0 ? `${count(messages)} unacked` : undefined;
}

function Nothing() {
  if (state.rows.size > 0) {
    return (
      <p class="nothing">
        Nothing matches <code>{state.query.value}</code>.
        <button type="button" class="link" onClick={() => (state.query.value = '')}>
          Show all
        </button>
      </p>
    );
  }
  return (
    <p class="nothing">{state.link.value === 'open' ? 'No connections yet.' : 'Waiting for the server…'}</p>
  );
}

function Footer({ shown }: { readonly shown: number }) {
  state.version.value;
  const all = state.rows.size;
  return (
    <div class="list-foot">
      <span>{shown === all ? `${count(all)} connections` : `${count(shown)} of ${count(all)}`}</span>
      {state.source.value === 'live' && (
        <span class="list-vitals" title="how late timers ran, how busy the event loop was, CPU, memory">
          {vitalsText(undefined)}
        </span>
      )}
    </div>
  );
}
