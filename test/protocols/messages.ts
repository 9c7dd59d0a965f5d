/** Feeding decoders of WebSocket messages. */
import type { Protocol, Violation } from '../../src/ports/protocol.ts';
import { ControlFrame, type WebSocketChunk } from '../../src/ports/websocket-chunk.ts';
import { dialogueOf } from '../../src/testing/dialogue.ts';

type MessageProtocol = Pick<Protocol<unknown, never, WebSocketChunk>, 'open'>;

/** Messages as they are, heartbeats as `Heartbeat`. Bytes are overwritten after each push: they were lent. */
export function decodeMessages(protocol: MessageProtocol, chunks: Iterable<WebSocketChunk>) {
  const dialogue = dialogueOf(protocol);
  const { decoder } = dialogue;
  const frames: unknown[] = [];
  const sink = { frame: (frame: unknown) => void frames.push(dialogue.isHeartbeat(frame) || frame) };
  let violation: Violation | undefined;
  for (const chunk of chunks) {
    const lent = lend(chunk);
    violation = decoder.push(lent, sink);
    spoil(lent);
    if (violation !== undefined) break;
  }
  return { frames, violation };
}

/** A copy as a Node transport would hand it over: a view into some larger buffer. */
export function lend(chunk: WebSocketChunk): WebSocketChunk {
  if (chunk instanceof ControlFrame) return new ControlFrame(chunk.kind, Buffer.from(chunk.payload));
  return typeof chunk === 'string' ? chunk : Buffer.from(chunk);
}

function spoil(chunk: WebSocketChunk): void {
  if (chunk instanceof ControlFrame) chunk.payload.fill(0xee);
  else if (typeof chunk !== 'string') chunk.fill(0xee);
}
