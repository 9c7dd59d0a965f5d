/** The processes that report to the inspector, and the keys of their connections: two processes may use the same id. */
import { signal } from '@preact/signals';
import type { Row } from '../../rows.ts';
import type { ReporterMessage } from '../../wire.ts';
import type { ProcessMessage } from '../../wire-process.ts';
import type { OfReporter } from '../../wire-requests.ts';

export const reporters = signal<ReadonlyMap<string, ReporterMessage>>(new Map());

/** How processes fare, by the names of reporters; undefined for the inspector's own. */
export const vitals = signal<ReadonlyMap<string | undefined, ProcessMessage>>(new Map());

export function setVitals(message: ProcessMessage): void {
  vitals.value = new Map(vitals.value).set(message.reporter, message);
}

/** A control character, which names of reporters do not have. */
const MARK = '\u001f';

/** The key of a connection on this page. */
export function keyOf(id: string, reporter: string | undefined): string {
  return reporter === undefined ? id : `${id}${MARK}${reporter}`;
}

/** The id of a connection in its own process. */
export function idOf(key: string): string {
  const mark = key.lastIndexOf(MARK);
  return mark < 0 ? key : key.slice(0, mark);
}

/** Names the connection of a key, as the inspector knows it. */
export function partsOf(key: string): { readonly id: string } & OfReporter {
  const id = idOf(key);
  return id === key ? { id } : { id, reporter: key.slice(id.length + 1) };
}

/** A row as this page keeps it. */
export function keyed(row: Row, reporter: string | undefined): Row {
  return reporter === undefined ? row : { ...row, id: keyOf(row.id, reporter), reporter };
}

/** The reporter of a row, unless it reports: of what it knew last, nothing is certain. */
export function stoppedReporter({ reporter }: Row): ReporterMessage | undefined {
  const known = reporter === undefined ? undefined : reporters.value.get(reporter);
  return known === undefined || known.status === 'reporting' ? undefined : known;
}

export function setReporter(message: ReporterMessage): void {
  const next = new Map(reporters.value);
  if (message.status === 'removed') {
    next.delete(message.reporter);
    vitals.value = new Map([...vitals.value].filter(([reporter]) => reporter !== message.reporter));
  } else next.set(message.reporter, message);
  reporters.value = next;
}
