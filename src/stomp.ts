/** STOMP 1.2. */
export { type StompOptions, stomp } from './protocols/stomp/stomp.ts';
export type { StompHeaders, StompIn, StompOut, StompSession } from './protocols/stomp/types.ts';
