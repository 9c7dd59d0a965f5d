/** Two connections side by side: one that was marked, and the selected one. */
import { computed, signal } from '@preact/signals';
import type { Row } from '../../rows.ts';
import * as state from './state.ts';

/** The key of the connection that the selected one is compared with. */
export const compared = signal<string | undefined>(undefined);
/** Whether the table is shown. */
export const comparing = signal(false);

export const comparedRow = computed<Row | undefined>(() => {
  state.version.value;
  return compared.value === undefined ? undefined : state.rows.get(compared.value);
});

/** The first press marks the selected connection, the second one, at another, shows both. */
export function pressCompare(): void {
  const { value: selected } = state.selected;
  if (comparing.value) comparing.value = false;
  else if (compared.value === undefined || comparedRow.value === undefined) compared.value = selected;
  else if (compared.value === selected) compared.value = undefined;
  else comparing.value = true;
}

export function endComparison(): void {
  comparing.value = false;
  compared.value = undefined;
}
