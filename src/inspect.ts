/** The inspector: a page that shows every connection of a supervisor, served by the process itself. */
export { parseRecording, type RecordedConnection, type Recording } from './inspect/recording.ts';
