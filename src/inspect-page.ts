/** A page, or another process, in an inspector: reports over a WebSocket, and recordings. Nothing of Node. */
export { recordingOf } from './inspect/export.ts';
export type { RecordedConnection, Recording } from './inspect/recording-format.ts';
export { type Reporter, type ReportOptions, reportTo } from './inspect/reporter.ts';
export type { ReportWebSocket } from './inspect/uplink.ts';
