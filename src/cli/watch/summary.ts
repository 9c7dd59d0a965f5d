/** The account of all connections as a table for people. */
import Table from 'cli-table3';
import { roundTripText, timeText } from '../cell.ts';
import { frameless } from '../frameless.ts';
import { printable } from '../printable.ts';
import type { Entry } from './account.ts';

/** Connections without an outage that have rows of their own; more of them are a line. */
const QUIET_ROWS = 10;

/** A row for each connection that was down, the worst first, and for the others where they are few. */
export function drawSummary(entries: readonly Entry[]): string {
  const troubled = entries.filter(({ outages }) => outages > 0);
  const others = entries.length - troubled.length;
  const shown = others <= QUIET_ROWS ? entries : troubled;
  const rest = shown === entries ? [] : [`${others} of ${entries.length} connections without an outage`];
  if (shown.length === 0) return rest.join('');
  const table = new Table({
    ...frameless(2),
    head: ['', 'up', 'outages', 'longest', 'rtt p50', 'p99', 'exits'],
  });
  table.push(...shown.map(rowOf));
  return [table.toString(), ...rest].join('\n');
}

function rowOf(entry: Entry): string[] {
  const { connection, upMs, totalMs, outages, longestMs, down, exits, rttMs } = entry;
  const share = totalMs === 0 ? 0 : Math.floor((upMs / totalMs) * 10_000) / 100;
  const reasons = Object.entries(exits).map(([reason, count]) => `${reason} ${count}`);
  return [
    printable(connection),
    `${share}%`,
    `${outages}${down ? ', down' : ''}`,
    outages === 0 ? '' : timeText(longestMs),
    rttMs === undefined ? '' : roundTripText(rttMs.p50),
    rttMs === undefined ? '' : roundTripText(rttMs.p99),
    reasons.join(', '),
  ];
}
