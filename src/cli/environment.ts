/** The environment variables that the commands read, for the help and the manual page. */
import { REPORT_VARIABLE } from '../inspect/process-reporter.ts';

/** Beside those whose name an option gives. */
export const environment: readonly (readonly [name: string, about: string])[] = [
  ['HOLDFAST_CONFIG', 'the file of --config, where that is not given'],
  [REPORT_VARIABLE, 'the URL of --report, where that is not given'],
  ['HOLDFAST_LOG', 'the level of log lines, trace to error; it shows them beside a table'],
  ['HOLDFAST_USER', 'the user of protocols that log in, for URLs that have none'],
  ['HOLDFAST_PASSWORD', 'the password, for URLs that have none'],
  ['HOLDFAST_TOKEN', 'the token, for servers that take one in place of a password'],
];

export function environmentHelp(): string {
  const width = Math.max(...environment.map(([name]) => name.length)) + 2;
  return environment.map(([name, about]) => `  ${name.padEnd(width)}${about}`).join('\n');
}
