/** Checks every line of JSON that a command writes in a test against `schema/log-line.schema.json`. */
import { readFileSync } from 'node:fs';
import { type Readable, Transform } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { Ajv, type ValidateFunction } from 'ajv';

const file = new URL('../../schema/log-line.schema.json', import.meta.url);
const schema = JSON.parse(readFileSync(file, 'utf8')) as { readonly definitions: object };
const ajv = new Ajv();
const validate = ajv.addSchema(schema, 'line').getSchema('line') as ValidateFunction;

/** Commands whose standard output is lines of the log, unless they are asked for something else. */
const commands = ['watch', 'serve', 'proxy', 'demo', 'record', 'inspect'];
const elsewise = /^(--help|-h|--format(=.*)?)$/;

/** Throws for a line that the schema does not have. */
export function checkLine(text: string): void {
  const line = JSON.parse(text);
  if (validate(line)) return;
  // What is wrong with a line of this kind; the whole schema only says that none of its kinds fits.
  const name = line.event ?? 'exception';
  const kind = name in schema.definitions && ajv.getSchema(`line#/definitions/${name}`);
  if (kind) kind(line);
  const why = kind ? ajv.errorsText(kind.errors, { dataVar: 'line' }) : `no event ${name}`;
  throw new Error(`schema/log-line.schema.json: ${why}: ${text}`);
}

export function writesLines(args: readonly string[]): boolean {
  return commands.includes(args[0] ?? '') && !args.some((arg) => elsewise.test(arg));
}

/** The standard output of a command as it is, with its lines checked; one that does not fit is an error of the stream. */
export function checkedLines(stdout: Readable): Transform {
  let rest = '';
  // A chunk may end within a character.
  const decoder = new StringDecoder();
  const check = new Transform({
    transform(chunk, _encoding, done) {
      const lines = (rest + decoder.write(chunk)).split('\n');
      rest = lines.pop() ?? '';
      try {
        for (const line of lines) checkLine(line);
        done(null, chunk);
      } catch (error) {
        done(error as Error);
      }
    },
  });
  check.on('close', () => stdout.destroy());
  return stdout.pipe(check);
}
