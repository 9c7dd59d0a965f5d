/** What a command is told of a change: variables of its environment, and the line of the log on its standard input. */
import { type EndedEvent, levelOf, type StateEvent, sentence } from '../../actors/supervisor/events.ts';
import type { Labels } from '../output.ts';
import type { Told } from './command.ts';

export type Change = StateEvent | EndedEvent;

/** Variables that a command may be given; of a process above this one they are not inherited. */
const own = [
  'EVENT',
  'ID',
  'URL',
  'TIME',
  'INCARNATION',
  'FROM',
  'TO',
  'REASON',
  'CLASS',
  'CODE',
  'DETAIL',
  'BECAUSE',
  'RTT_MS',
] as const;

type Name = (typeof own)[number];

/** pino's numbers. */
const levels = { trace: 10, debug: 20, info: 30, warn: 40, error: 50 } as const;

/** `wall`: milliseconds since 1970. Fields that the event does not have are in neither. */
export function toldOf(change: Change, wall: number, labels: Labels | undefined, env: Told['env']): Told {
  const { history: _long, ...fields } = change as EndedEvent;
  const line = {
    time: wall,
    level: levels[levelOf(change)],
    ...fields,
    ...(labels !== undefined && Object.keys(labels).length > 0 && { labels }),
    msg: sentence(change),
  };
  return { env: { ...env, ...variables(valuesOf(change, wall)) }, input: `${JSON.stringify(line)}\n` };
}

function valuesOf(change: Change, wall: number): Partial<Record<Name, string | number | undefined>> {
  const { event, connection, url, incarnation, reason, code, detail } = change;
  const common = {
    EVENT: event,
    ID: connection,
    URL: url,
    TIME: wall,
    INCARNATION: incarnation,
    REASON: reason,
    CODE: code,
    DETAIL: detail,
  };
  if (change.event !== 'state') return { ...common, BECAUSE: change.because };
  return { ...common, FROM: change.from, TO: change.to, CLASS: change.class, RTT_MS: change.rttMs };
}

/** A variable cannot have a zero. */
function variables(values: ReturnType<typeof valuesOf>): Record<string, string | undefined> {
  const text = (name: Name) => values[name]?.toString().replaceAll('\0', '');
  return Object.fromEntries(own.map((name) => [`HOLDFAST_${name}`, text(name)]));
}
