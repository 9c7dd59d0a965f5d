/** The demo's result as a table. */
import Table from 'cli-table3';
import { titleOf } from './faults.ts';
import type { FaultSummary } from './measures.ts';
import type { SessionAccount } from './session-traffic.ts';

export function summaryTable(summary: readonly FaultSummary[]): string {
  const table = new Table({
    head: ['fault', 'played', 'survived', 'suspected', 'closed', 'alive again'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const { fault, played, hits, survived, suspectedMs, closedMs, aliveMs } of summary) {
    const times = [suspectedMs, closedMs, aliveMs].map(milliseconds);
    table.push([titleOf(fault), played, `${survived} of ${hits}`, ...times]);
  }
  return `Median times from the fault, on the side of the supervisor:\n${table.toString()}`;
}

/** How often the messages of the session were handled, over the restarts of its server. In 80 columns. */
export function accountLine(account: SessionAccount): string {
  const { restarts, resumed, sent, handled, repeated, lost, replayed } = account;
  return [
    `session over ${restarts} ${restarts === 1 ? 'restart' : 'restarts'} of its server: resumed ${resumed}, messages replayed ${replayed}`,
    `messages sent ${sent}, handled ${handled}, repeated ${repeated}, lost ${lost}`,
  ].join('\n');
}

function milliseconds(ms: number | undefined): string {
  return ms === undefined ? '-' : `${ms} ms`;
}
