/** The demo's result as a table. */
import Table from 'cli-table3';
import { faults } from './faults.ts';
import type { FaultSummary } from './measures.ts';

export function summaryTable(summary: readonly FaultSummary[]): string {
  const table = new Table({
    head: ['fault', 'played', 'survived', 'suspected', 'closed', 'alive again'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const { fault, played, hits, survived, suspectedMs, closedMs, aliveMs } of summary) {
    const times = [suspectedMs, closedMs, aliveMs].map(milliseconds);
    table.push([faults[fault].title, played, `${survived} of ${hits}`, ...times]);
  }
  return `Median times from the fault, on the side of the supervisor:\n${table.toString()}`;
}

function milliseconds(ms: number | undefined): string {
  return ms === undefined ? '-' : `${ms} ms`;
}
