/** The inspector: a page that shows every connection of a supervisor, served by the process itself. */
export { type ChartModel, chartModel } from './inspect/chart-model.ts';
export { recordingOf } from './inspect/export.ts';
export type { InspectorOptions, ReportAccess } from './inspect/options.ts';
export { type ProcessReportOptions, reportTo } from './inspect/process-reporter.ts';
export { parseRecording } from './inspect/recording.ts';
export type { RecordedConnection, Recording } from './inspect/recording-format.ts';
export type { Reporter } from './inspect/reporter.ts';
export { createInspector, type Inspector } from './inspect/server.ts';
