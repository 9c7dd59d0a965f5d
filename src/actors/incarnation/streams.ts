/**
 * The part `streams`: what sockets need that send a message in slices, and count bytes before a message is complete. A
 * standard WebSocket does neither.
 */
import type { Pulse } from '../../liveness/pulse.ts';
import { slice } from '../../messages/slices.ts';
import type { Arriving, Talker } from './host.ts';

/** A message that is still arriving emits nothing, but its bytes count; the next heartbeat is due as if they had come at the earliest. */
function observe(incarnation: Talker & Arriving, now: number): void {
  const read = incarnation.socket?.bytesRead;
  if (read === undefined || read === incarnation.bytesSeen) return;
  incarnation.bytesSeen = read;
  incarnation.heard(now, earliest(incarnation.deadlines.pulse, now));
}

/** When bytes can have come at the earliest that came since the last look. */
export function earliest({ heardAt, asking, askedAt }: Pulse, now: number): number {
  return Math.min(now, asking ? Math.max(heardAt, askedAt) : heardAt);
}

export const streams = { streams: { slice, observe } };
