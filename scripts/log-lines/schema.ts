/** `schema/log-line.schema.json`, and the tables of docs/log-lines.md. */
import { commandLines, demoSummary } from './commands.ts';
import { eventLines } from './events.ts';
import { milliseconds, optional, string, word } from './field.ts';
import { type Line, type Lines, lineSchema } from './line.ts';

const heartbeat: Line = {
  levels: [10],
  of: 'incarnation',
  fields: {
    kind: word({ sent: true, received: true }, 'Which way.'),
    rttMs: optional(milliseconds('The round trip that it closed.')),
  },
  text: 'A heartbeat was sent or received.',
};

const exception: Line = {
  levels: [50],
  fields: {
    err: { schema: {}, text: 'What was thrown: `type`, `message`, `stack`.' },
    where: string('The callback, or the part of the program.'),
  },
  text: 'Code of the program threw. This line has no `event`.',
};

const all: Lines = { ...eventLines, heartbeat, ...commandLines };

/** As text, as it is committed and published. */
export function logLineSchema(): string {
  const named = Object.entries(all).map(([name, line]) => [name, lineSchema(name, line)]);
  const others = Object.entries(demoSummary).map(([name, line]) => [`demo-${name}`, lineSchema(name, line)]);
  const definitions = Object.fromEntries([
    ...named,
    ...others,
    ['exception', lineSchema(undefined, exception)],
  ]);
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'holdfast log line',
    description: 'A line of JSON that holdfast writes. `event` says which one it is.',
    type: 'object',
    oneOf: Object.keys(definitions).map((name) => ({ $ref: `#/definitions/${name}` })),
    definitions,
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

const levels: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
};

/** The page with its tables drawn anew. */
export function withLineTables(page: string): string {
  const tables: Readonly<Record<string, Lines>> = {
    supervisor: { ...eventLines, heartbeat },
    commands: { ...commandLines, 'summary of the demo': demoSummary.summary as Line },
  };
  return Object.entries(tables).reduce((text, [name, lines]) => {
    const place = new RegExp(`(<!-- ${name}: npm run schema -->\n\n)[^<]*(?=<!-- end -->)`);
    if (!place.test(text)) throw new Error(`docs/log-lines.md has no place for the table of ${name}`);
    return text.replace(place, (_, mark) => `${mark}${tableOf(lines)}\n`);
  }, page);
}

function tableOf(lines: Lines): string {
  const rows = Object.entries(lines).map(([name, line]) => [
    `\`${name}\``,
    line.levels.map((level) => levels[level]).join(', '),
    fieldsOf(line),
    line.text.replace(/\.$/, ''),
  ]);
  const head = ['event', 'level', 'fields', 'when'];
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const drawn = (row: readonly string[]) =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |\n`;
  return [
    drawn(head),
    `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |\n`,
    ...rows.map(drawn),
  ].join('');
}

function fieldsOf({ of, fields }: Line): string {
  const own = Object.entries(fields).map(([name, field]) => `\`${name}\`${'optional' in field ? '?' : ''}`);
  const named = { connection: ['`connection`'], incarnation: ['`connection`', '`incarnation`'] };
  return [...(of === undefined ? [] : named[of]), ...own].join(', ');
}
