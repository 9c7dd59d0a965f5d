/**
 * Heartbeats without a payload, shared by all decoders of all connections. `isHeartbeat` compares them by
 * identity, so that no message of a peer can pass for one.
 */
import type { Heartbeat } from '../ports/protocol.ts';

export const pingFrame: Heartbeat = { kind: 'ping' };
export const pongFrame: Heartbeat = { kind: 'pong' };
export const beatFrame: Heartbeat = { kind: 'beat' };

const frames: readonly unknown[] = [pingFrame, pongFrame, beatFrame];

/** `isHeartbeat` of a protocol whose decoder emits these constants for heartbeats. */
export function isSharedHeartbeat(frame: unknown): Heartbeat | false {
  return frames.includes(frame) && (frame as Heartbeat);
}
