/** Fields of log lines: a JSON Schema and a sentence each. */
import { reasonClasses } from '../../src/policy/exits.ts';

export interface Field {
  readonly schema: object;
  /** What it means, for the page and for editors. */
  readonly text: string;
}

export interface Optional extends Field {
  readonly optional: true;
}

/** A field for each member of an event, and none else: optional where the member is. The bindings of the logger have the others. */
export type FieldsOf<Event, Bound extends string = 'event' | 'connection' | 'incarnation'> = {
  readonly [Key in Exclude<keyof Event, Bound>]-?: object extends Pick<Event, Key> ? Optional : Field;
};

export type Fields = Readonly<Record<string, Field | Optional>>;

export const string = (text: string): Field => ({ schema: { type: 'string' }, text });
export const number = (text: string): Field => ({ schema: { type: 'number' }, text });
export const flag = (text: string): Field => ({ schema: { type: 'boolean' }, text });
/** A whole number from 0 on. */
export const count = (text: string): Field => ({ schema: { type: 'integer', minimum: 0 }, text });
export const strings = (text: string): Field => ({
  schema: { type: 'array', items: { type: 'string' } },
  text,
});
export const optional = (field: Field): Optional => ({ ...field, optional: true });

/** One of the keys: an object, so that the compiler finds a word that is missing. */
export const word = (words: Readonly<Record<string, true>>, text: string): Field => ({
  schema: { enum: Object.keys(words) },
  text,
});

/** Milliseconds, not always whole ones. */
export const milliseconds = (text: string): Field => ({ schema: { type: 'number', minimum: 0 }, text });

export const reason = (text: string): Field => ({ schema: { enum: Object.keys(reasonClasses) }, text });

export const code: Optional = optional({
  schema: { anyOf: [{ type: 'string' }, { type: 'number' }] },
  text: 'The close code, the status, or the error code of the platform.',
});
export const detail: Optional = optional(string('A sentence; its wording is not stable.'));
export const url: Field = string('Credentials are redacted.');

/** An object with these fields alone. */
export function objectSchema(fields: Fields): object {
  const entries = Object.entries(fields);
  return {
    type: 'object',
    properties: Object.fromEntries(
      entries.map(([name, { schema, text }]) => [name, { ...schema, description: text }]),
    ),
    required: entries.filter(([, field]) => !('optional' in field)).map(([name]) => name),
    additionalProperties: false,
  };
}
