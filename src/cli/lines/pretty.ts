/** A line of the log as a sentence for people, with its time. */
import pc from 'picocolors';
import { isoTime } from '../../time/clock.ts';
import { escaped } from '../verbose/escaped.ts';
import { type LogLine, levelName } from './line.ts';

type Colors = ReturnType<typeof pc.createColors>;

/** One line without its end, printable whatever the fields say: `09:30:12 warn feed: suspect`. Times are UTC. */
export function pretty(line: LogLine, useColors: boolean): string {
  const colors = pc.createColors(useColors);
  const level = levelName(line);
  const connection = textOf(line.connection);
  const labels = labelsOf(line);
  const parts = [
    colors.dim(timeOfDay(line.time)),
    level === 'info' ? '' : paintOf(level, colors)(level),
    connection === '' ? '' : colors.bold(`${escaped(connection)}:`),
    escaped(sentenceOf(line)),
    labels === '' ? '' : colors.dim(labels),
  ];
  return parts.filter(Boolean).join(' ');
}

function sentenceOf(line: LogLine): string {
  const said = textOf(line.msg) || textOf(line.event);
  switch (line.event) {
    case 'heartbeat':
      return `heartbeat ${textOf(line.kind)}${line.rttMs === undefined ? '' : ` after ${line.rttMs} ms`}`;
    case 'message':
      return `< ${textOf(line.text)}${line.cut === true ? ' …' : ''}`;
    default:
      return [said, textOf(line.detail), errorOf(line.err)]
        .filter((part, at) => at === 0 || (part !== '' && !said.includes(part)))
        .join(': ');
  }
}

/** An exception of foreign code, without its stack. */
function errorOf(err: unknown): string {
  return textOf((err as { readonly message?: unknown } | undefined)?.message);
}

function labelsOf({ labels }: LogLine): string {
  const entries = Object.entries((labels ?? {}) as Readonly<Record<string, unknown>>);
  return entries.map(([name, value]) => escaped(`${name}=${value}`)).join(' ');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function paintOf(level: string, colors: Colors) {
  if (level === 'error') return colors.red;
  return level === 'warn' ? colors.yellow : colors.dim;
}

/** Hours, minutes and seconds of the day in UTC. */
function timeOfDay(ms: number): string {
  return isoTime(ms).slice(11, 19);
}
