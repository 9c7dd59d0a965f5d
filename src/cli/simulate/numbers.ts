/** Texts of numbers for the terminal and for pictures. */
import type { Setting } from '../../storm/storm.ts';

const format = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const shortFormat = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** A whole number, as in `108,828`. */
export function integer(value: number): string {
  return format.format(value);
}

/** A short number, as in `100K`. */
export function short(value: number): string {
  return shortFormat.format(value);
}

/** Seconds, as in `56.3 s`; a dash for `null`. */
export function seconds(value: number | null): string {
  return value === null ? '–' : `${value.toFixed(1)} s`;
}

/** Attempts per client. */
export function perClient(value: number): string {
  return value.toFixed(value < 10 ? 2 : 1);
}

/** Sentences about the setting: always the outage, then the options that differ from the defaults. */
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

/** The least seconds that the server needs to accept all clients. */
export function ideal({ clients, capacity }: Setting): number {
  return clients / capacity;
}
