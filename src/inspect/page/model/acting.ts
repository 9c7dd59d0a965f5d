/** Actions on a connection of the inspector's own process: proposed, confirmed by the user, then performed. */
import { computed } from '@preact/signals';
import type { Action } from '../../wire-actions.ts';
import * as live from './live.ts';
import * as state from './state.ts';

/** Whether the selected connection may be acted upon: not in the past, and not one of another process. */
export const mayAct = computed<boolean>(() => {
  const row = state.selectedRow.value;
  const isOpen = state.source.value === 'live' && state.link.value === 'open';
  const isHere = row !== undefined && row.reporter === undefined && state.cursor.value === undefined;
  return isOpen && isHere && state.hello.value?.mayAct === true && row.status !== 'left';
});

export function propose(action: Action): void {
  const { value: id } = state.selected;
  if (id !== undefined) live.say({ type: 'propose', action, id });
}

export function confirm(): void {
  const { value: proposal } = state.proposed;
  state.proposed.value = undefined;
  if (proposal !== undefined) live.say({ type: 'act', ticket: proposal.ticket });
}
