/** Kinds of log lines, and their JSON Schema. */
import { count, type Fields, objectSchema, optional, string } from './field.ts';

export interface Line {
  /** pino's numbers. */
  readonly levels: readonly number[];
  /** It names a connection, or one of its incarnations too. */
  readonly of?: 'connection' | 'incarnation';
  readonly fields: Fields;
  readonly text: string;
}

export type Lines<Names extends string = string> = Readonly<Record<Names, Line>>;

const labels = optional({
  schema: { type: 'object', additionalProperties: { type: 'string' } },
  text: 'Those of its target.',
});
const named: Readonly<Record<'connection' | 'incarnation', Fields>> = {
  connection: { connection: string('The id.'), labels },
  incarnation: { connection: string('The id.'), incarnation: count('Counts its sockets.'), labels },
};

/** The schema of a line; without a name it is one that has no `event`. */
export function lineSchema(name: string | undefined, { levels, of, fields, text }: Line): object {
  const head: Fields = {
    time: { schema: { type: 'integer' }, text: 'Milliseconds since 1970.' },
    level: { schema: { enum: levels }, text: '10 trace, 20 debug, 30 info, 40 warn, 50 error.' },
    ...(name !== undefined && { event: { schema: { const: name }, text } }),
    ...(of && named[of]),
  };
  const tail: Fields = { msg: optional(string('A sentence; its wording is not stable.')) };
  return { description: text, ...objectSchema({ ...head, ...fields, ...tail }) };
}
