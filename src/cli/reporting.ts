/** `--report`: reports the connections of a command to the inspector of another process, `holdfast inspect`. */
import type { Command } from 'commander';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import { defined } from '../base/defined.ts';
import { ConfigError } from '../base/errors.ts';
import type { LabelsOf } from '../inspect/labels.ts';
import { REPORT_VARIABLE, reportTo } from '../inspect/process-reporter.ts';
import type { Io } from './io.ts';

/** The options as commander parses them. */
export interface ReportFlags {
  readonly report?: string;
  readonly reportAs?: string;
}

export function addReportOptions(command: Command): Command {
  return command
    .option(
      '--report <url>',
      `report to the inspector of another process, by the URL that holdfast inspect prints (default: ${REPORT_VARIABLE})`,
    )
    .option('--report-as <name>', 'what that inspector calls this process (default: that of the command)');
}

/** Reports until the supervisor has stopped, if there is a URL. Throws `ConfigError`, when it has stopped. */
export async function reportingTo(
  supervisor: Supervisor,
  command: string,
  { report, reportAs }: ReportFlags,
  env: Io['env'],
  labels?: LabelsOf,
): Promise<void> {
  const url = report ?? env[REPORT_VARIABLE];
  if (!url && reportAs === undefined && report === undefined) return;
  try {
    if (!url) throw new ConfigError([{ ...unused(report, reportAs), expected: missing }]);
    reportTo(supervisor, { url, name: reportAs ?? `holdfast ${command}`, ...defined({ labels }) });
  } catch (error) {
    await supervisor.stop();
    throw error instanceof ConfigError ? named(error, report === undefined) : error;
  }
}

/** The option that has no URL. */
function unused(report: string | undefined, reportAs: string | undefined) {
  return report === undefined
    ? { path: '--report-as', value: reportAs }
    : { path: '--report', value: report };
}

const missing = `--report or ${REPORT_VARIABLE}, with the URL of an inspector`;

/** The error with the names of this command line. */
function named({ problems }: ConfigError, isOfEnvironment: boolean): ConfigError {
  const names: Readonly<Record<string, string>> = {
    url: isOfEnvironment ? REPORT_VARIABLE : '--report',
    name: '--report-as',
  };
  return new ConfigError(problems.map((each) => ({ ...each, path: names[each.path] ?? each.path })));
}
