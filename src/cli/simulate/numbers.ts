/** Numbers for people, in the terminal and in pictures. */
import type { Setting } from '../../storm/storm.ts';

const format = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const shortFormat = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** As in `108,828`. */
export function integer(value: number): string {
  return format.format(value);
}

/** As in `100K`. */
export function short(value: number): string {
  return shortFormat.format(value);
}

/** As in `56.3 s`; a dash for what did not happen. */
export function seconds(value: number | null): string {
  return value === null ? '–' : `${value.toFixed(1)} s`;
}

/** Attempts per client. */
export function perClient(value: number): string {
  return value.toFixed(value < 10 ? 2 : 1);
}

/** What happens; then what is not as it usually is. */
export function story(setting: Setting): readonly string[] {
  const { clients, processes, outageMs, capacity, queue, silent, patienceMs, refusalCost } = setting;
  const share = Number((refusalCost * 100).toPrecision(3));
  return [
    `${integer(clients)} clients in ${integer(processes)} processes lose their server for ` +
      `${outageMs / 1000} s. It then accepts ${integer(capacity)}/s, and queues ${integer(queue)}.`,
    ...(silent ? [`While it is down, attempts time out after ${patienceMs / 1000} s.`] : []),
    ...(refusalCost > 0 ? [`A refusal costs it ${share}% of what accepting costs.`] : []),
  ];
}

/** The seconds that the server needs to accept all, with not a moment lost. */
export function ideal({ clients, capacity }: Setting): number {
  return clients / capacity;
}
