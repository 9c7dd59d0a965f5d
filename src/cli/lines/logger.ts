/** The logger of the command line: pino, with labels, into anything that takes lines of JSON. */
import { pino } from 'pino';
import type { Logger } from '../../base/log.ts';
import type { Clock } from '../../time/clock.ts';
import type { Labels } from '../output.ts';

export type LabelsOf = (id: string) => Labels | undefined;

/** Gets whole lines, with their ends. */
export interface Lines {
  write(line: string): unknown;
}

/** `labelsOf` is asked for each line of a connection. */
export function loggerInto(lines: Lines, level: string, clock: Clock, labelsOf: LabelsOf): Logger {
  const timestamp = () => `,"time":${clock.wall()}`;
  const labelled = (fields: object) => withLabels(fields, labelsOf);
  const logger = pino({ base: null, level, timestamp, formatters: { log: labelled } }, lines) as Logger;
  // The supervisor has the connection among the bindings of a child, which formatters do not see.
  const childOf = logger.child.bind(logger);
  logger.child = (bindings) => childOf(labelled(bindings));
  return logger;
}

function withLabels(fields: object, labelsOf: LabelsOf): Record<string, unknown> {
  const { connection } = fields as { readonly connection?: unknown };
  const labels = typeof connection === 'string' ? labelsOf(connection) : undefined;
  return labels === undefined || Object.keys(labels).length === 0 ? { ...fields } : { ...fields, labels };
}
