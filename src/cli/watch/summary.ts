/** The account of all connections as a table for people. */
import Table from 'cli-table3';
import { frameless } from '../frameless.ts';
import type { Entry } from './account.ts';

/** A row for each connection that was down, the worst first, and a line for the others. */
export function drawSummary(entries: readonly Entry[]): string {
  const troubled = entries.filter(({ outages }) => outages > 0);
  const others = entries.length - troubled.length;
  const rest = others === 0 ? [] : [`${others} of ${entries.length} connections without an outage`];
  if (troubled.length === 0) return rest.join('');
  const table = new Table({ ...frameless(2), head: ['', 'up', 'outages', 'longest', 'exits'] });
  table.push(...troubled.map(rowOf));
  return [table.toString(), ...rest].join('\n');
}

function rowOf({ connection, upMs, totalMs, outages, longestMs, down, exits }: Entry): string[] {
  const share = totalMs === 0 ? 0 : Math.floor((upMs / totalMs) * 10_000) / 100;
  const reasons = Object.entries(exits).map(([reason, count]) => `${reason} ${count}`);
  return [
    connection,
    `${share}%`,
    `${outages}${down ? ', down' : ''}`,
    timeText(longestMs),
    reasons.join(', '),
  ];
}

function timeText(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const seconds = Math.round(ms / 100) / 10;
  if (seconds < 120) return `${seconds}s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)}m` : `${Math.round(seconds / 3600)}h`;
}
