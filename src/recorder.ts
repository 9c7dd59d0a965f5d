/** The flight recorder: on by default in Node, and for browsers that want it. */
export type { HistoryEntry, Recorder } from './actors/recorder.ts';
export { type FlightRecorderOptions, flightRecorder } from './inspect/flight-recorder.ts';
