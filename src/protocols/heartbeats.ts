/**
 * The heartbeats that carry nothing, shared by all decoders of all connections: as frames they are told
 * from messages by identity, which no message of a peer can imitate.
 */
import type { Heartbeat } from '../ports/protocol.ts';

export const pingFrame: Heartbeat = { kind: 'ping' };
export const pongFrame: Heartbeat = { kind: 'pong' };
export const beatFrame: Heartbeat = { kind: 'beat' };

const frames: readonly unknown[] = [pingFrame, pongFrame, beatFrame];

/** For a protocol whose decoder puts these constants where heartbeats were. */
export function isSharedHeartbeat(frame: unknown): Heartbeat | false {
  return frames.includes(frame) && (frame as Heartbeat);
}
