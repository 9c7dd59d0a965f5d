/** A logger of pino's shape that keeps its lines. */
import type { Logger, LogLevel } from '../../src/base/log.ts';

export type Line = [level: LogLevel, message: string | undefined, fields: Record<string, unknown>];

const levels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error'];

export function lines(least: LogLevel) {
  const all: Line[] = [];
  const isLevelEnabled = (level: LogLevel) => levels.indexOf(level) >= levels.indexOf(least);
  const loggerOf = (bindings: object): Logger => {
    const methods = levels.map((level) => {
      const log = (fields: object, message?: string) => {
        if (isLevelEnabled(level)) all.push([level, message, { ...bindings, ...fields }]);
      };
      return [level, log] as const;
    });
    const child = (more: object) => loggerOf({ ...bindings, ...more });
    return { ...(Object.fromEntries(methods) as unknown as Logger), child, isLevelEnabled };
  };
  /** Messages of lines, with that of their error. */
  const said = () =>
    all.map(([, message, { err }]) =>
      err === undefined ? message : `${message}: ${(err as Error).message}`,
    );
  return { lines: all, logger: loggerOf({}), said };
}
