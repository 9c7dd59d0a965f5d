/** Differences between two steps of a connection, by the paths of their fields. */
import { signal } from '@preact/signals';
import * as state from './state.ts';
import type { Step } from './steps.ts';

/** A step that others are compared with. */
export const marked = signal<Step | undefined>(undefined);

/** Words of the search in events; all of them must match. */
export const eventQuery = signal('');

/** Marks the step at the cursor, or the last one; the marked step no longer. */
export function markStep(): void {
  const { step } = state.moment.value;
  marked.value = step?.t === marked.value?.t ? undefined : step;
}

export interface Difference {
  readonly path: string;
  /** Absent: the step has no such field. */
  readonly before?: string;
  readonly after?: string;
}

const LEVELS = 8;

/** Fields that differ, in the order of the first step, then of the second. */
export function differencesOf(before: Step, after: Step): readonly Difference[] {
  const [one, other] = [fieldsOf(before), fieldsOf(after)];
  return [...new Set([...one.keys(), ...other.keys()])].flatMap((path) => {
    const [was, is] = [one.get(path), other.get(path)];
    if (was === is) return [];
    return [{ path, ...(was !== undefined && { before: was }), ...(is !== undefined && { after: is }) }];
  });
}

/** All that a step has, by path, as text. */
function fieldsOf(step: Step): ReadonlyMap<string, string> {
  const { event, from, to, source, receiver, incarnation, guard, edges, actions, snapshot, unhandled } = step;
  const { type, ...fields } = event;
  const parts = {
    event: type,
    from,
    to,
    source,
    receiver,
    incarnation,
    guard,
    edge: edges.join(', '),
    actions: actions.join(', '),
  };
  const all = new Map<string, string>();
  collect({ ...parts, ...(unhandled && { unhandled }), ...fields }, '', all, 0);
  collect({ context: snapshot?.context, output: snapshot?.output }, '', all, 0);
  return all;
}

function collect(value: unknown, path: string, into: Map<string, string>, level: number): void {
  if (typeof value === 'object' && value !== null && level < LEVELS) {
    for (const [key, inner] of Object.entries(value))
      collect(inner, path === '' ? key : `${path}.${key}`, into, level + 1);
  } else if (value !== undefined && value !== '')
    into.set(path, typeof value === 'string' ? value : JSON.stringify(value));
}

/** Whether a step has a text: in its event, its fields, its ends, or the states it led to. */
export function stepMatches(step: Step, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const { event, source, receiver, from = '', to = '', actions, guard = '' } = step;
  const text =
    `${JSON.stringify(event)} ${source} ${receiver} ${from} ${to} ${actions.join(' ')} ${guard}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
