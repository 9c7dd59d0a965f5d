/** The flight recorder: on by default in Node, and for browsers that want it. */

export { type FlightRecorderOptions, flightRecorder } from './actors/incarnation/flight-recorder.ts';
export type { HistoryEntry, Recorder } from './actors/incarnation/recorder.ts';
export { recordings } from './actors/incarnation/recordings.ts';
