/** The state as a coloured label, and the countdown to the next attempt as a ring. */

import { phaseOf } from '../../counts.ts';
import type { Counts, Row } from '../../rows.ts';
import { duration } from '../model/format.ts';
import { stoppedReporter } from '../model/reporters.ts';
import * as state from '../model/state.ts';
import { nameOfGate } from '../model/wait.ts';

/** Of a process that reports no more, only the past is known. */
export function shownPhase(row: Row): keyof Counts | 'unknown' {
  return stoppedReporter(row) === undefined ? phaseOf(row) : 'unknown';
}

export function Pill({ row }: { readonly row: Row }) {
  const phase = shownPhase(row);
  return <span class={`pill s-${phase}`}>{phase}</span>;
}

/** `silent`, in `connection.suspect.silent`. */
export function substateOf({ node }: Row): string | undefined {
  return node.split('.').slice(2).join('.') || undefined;
}

const AROUND = 2 * Math.PI * 6;

/** Empties towards the next attempt; `since` is when the wait began. */
export function Ring(props: { readonly since: number; readonly until: number; readonly now: number }) {
  const { since, until, now } = props;
  const left = until <= since ? 0 : Math.max(0, Math.min(1, (until - now) / (until - since)));
  return (
    <svg class="ring" viewBox="0 0 16 16" aria-hidden="true">
      <circle cx="8" cy="8" r="6" class="ring-track" />
      <circle cx="8" cy="8" r="6" class="ring-left" stroke-dasharray={`${left * AROUND} ${AROUND}`} />
    </svg>
  );
}

/** The attempt and the time left, or the reason of the wait. */
export function Wait({ row, now }: { readonly row: Row; readonly now: number }) {
  const { gate, because, attempt, stateSince } = row;
  const dueAt = state.dueAt(row);
  const running = dueAt !== undefined && (gate === undefined || dueAt > now);
  return (
    <span class="wait" title={waitTitle(row)}>
      {running && <Ring since={stateSince} until={dueAt} now={now} />}
      {attempt !== undefined && <b>#{attempt}</b>}
      <span>{running ? duration(dueAt - now) : gate === undefined ? (because ?? '') : 'in line'}</span>
    </span>
  );
}

function waitTitle(row: Row): string {
  const { gate: route, because = '' } = row;
  const gate = state.gateOf(row);
  return route === undefined ? because : `for its turn at the gate of ${gate ? nameOfGate(gate) : route}`;
}
