/** A dialogue without a connection: what it writes, what it decodes, and its handshake against scripted bytes. */

import type {
  Agreement,
  Credentials,
  Dialogue,
  Heartbeat,
  Protocol,
  Violation,
} from '../../src/ports/protocol.ts';
import { Refused } from '../../src/ports/protocol.ts';

export interface Conditions {
  readonly url?: string;
  readonly credentials?: Credentials;
  readonly interval?: number | null;
  readonly condemnAfter?: number;
}

export interface Spoken<Out> {
  readonly dialogue: Dialogue<Out>;
  /** What the dialogue wrote, as latin1 text. */
  readonly written: string[];
  /** Frames that the handshake did not take; heartbeats as `Heartbeat`. */
  readonly frames: unknown[];
  /** Decodes until the first violation. Chunks are overwritten after each push: they were lent. */
  hear(...chunks: readonly (string | Uint8Array)[]): Violation | undefined;
  /** Resolves with the agreement, or with the failure of a refusal; `answers` are heard one after each write. */
  greet(...answers: readonly (string | Uint8Array)[]): Promise<Agreement | Violation>;
}

export function speak<In, Out>(
  protocol: Protocol<In, Out, Uint8Array>,
  { url = 'tcp://127.0.0.1:1', credentials, interval = 10_000, condemnAfter = 10_000 }: Conditions = {},
): Spoken<Out> {
  const written: string[] = [];
  const frames: unknown[] = [];
  const waiting: ((frame: unknown) => void)[] = [];
  let answers: (string | Uint8Array)[] = [];
  let violated: ((violation: Violation) => void) | undefined;
  const write = (chunk: unknown) => {
    written.push(Buffer.from(chunk as Uint8Array).toString('latin1'));
    const answer = answers.shift();
    if (answer !== undefined) setImmediate(() => hear(answer));
  };
  const policy = { heartbeat: { interval, condemnAfter } };
  const about = { side: 'dial' as const, url: new URL(url), policy, write, warn: () => {} };
  const dialogue = protocol.open(about);
  const sink = {
    frame(frame: unknown) {
      const next = waiting.shift();
      if (next !== undefined) next(frame);
      else frames.push(dialogue.isHeartbeat(frame) || frame);
    },
  };
  const hear = (...chunks: readonly (string | Uint8Array)[]) => {
    for (const chunk of chunks) {
      const lent = Buffer.from(chunk);
      const violation = dialogue.decoder.push(lent, sink);
      lent.fill(0xee);
      if (violation !== undefined) violated?.(violation);
      if (violation !== undefined) return violation;
    }
    return undefined;
  };
  const receive = () => {
    const arrived = frames.shift();
    return arrived === undefined
      ? new Promise((resolve) => void waiting.push(resolve))
      : Promise.resolve(arrived);
  };
  const greet = async (...script: readonly (string | Uint8Array)[]) => {
    answers = [...script];
    const io = { ...about, credentials, receive, send: () => {}, signal: new AbortController().signal };
    const agreed = dialogue.handshake?.(io).catch((error: unknown) => {
      if (error instanceof Refused) return error.failure;
      throw error;
    });
    const violation = new Promise<Violation>((resolve) => {
      violated = resolve;
    });
    return (await Promise.race([agreed, violation])) ?? {};
  };
  return { dialogue, written, frames, hear, greet };
}

/** Heartbeats, to compare frames with. */
export const heartbeat = (kind: Heartbeat['kind']): Heartbeat => ({ kind });

/** Feeds `chunk` until a violation or `total` bytes. `most`: bytes of buffers that the process held meanwhile, garbage included. */
export function flood({ decoder }: Dialogue, chunk: Uint8Array, total: number) {
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  let violation: Violation | undefined;
  for (let sent = 0; sent < total && violation === undefined; sent += chunk.length) {
    violation = decoder.push(chunk, { frame: () => {} });
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  return { most, violation };
}
