/** Labels of connections, as the program gives them: a function of theirs, whose answer is checked and bounded. */
import { printableText } from './printable.ts';
import { MAX_LABELS } from './rows.ts';
import type { Inspected } from './supervisor-view.ts';

/** The labels of a connection, such as `{ team: 'prices' }`; undefined for none. */
export type LabelsOf = (connection: {
  readonly id: string;
  readonly url: string;
}) => Readonly<Record<string, string>> | undefined;

/** Reports what the function throws, and what it returns that is no label, and goes on without. */
export function labelsBy(of: LabelsOf | undefined, connection: Inspected) {
  if (of === undefined) return undefined;
  const { id, url } = connection;
  try {
    const given = Object.entries(of({ id, url }) ?? {});
    const wrong = given.find(([, value]) => typeof value !== 'string');
    if (wrong !== undefined) throw new TypeError(`labels.${wrong[0]}: ${typeof wrong[1]} is not a text`);
    if (given.length === 0) return undefined;
    const texts = given.slice(0, MAX_LABELS).map((pair) => pair.map(printableText));
    return Object.fromEntries(texts) as Readonly<Record<string, string>>;
  } catch (error) {
    connection.reportError(error, 'labels');
    return undefined;
  }
}
