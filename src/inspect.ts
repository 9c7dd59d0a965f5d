/** The inspector: a page that shows every connection of a supervisor, served by the process itself. */
export { type ChartModel, chartModel } from './inspect/chart-model.ts';
export { recordingOf } from './inspect/export.ts';
export { parseRecording, type RecordedConnection, type Recording } from './inspect/recording.ts';
export { createInspector, type Inspector, type InspectorOptions } from './inspect/server.ts';
