/** Frames for the user that come before a handshake is done: it reads the frames that arrive until then. */
import type { FrameSink, Violation } from '../ports/protocol.ts';
import { tooBig } from './refusals.ts';

export class HeldFrames {
  readonly #limit: number;
  #frames: unknown[] = [];
  #length = 0;

  /** `limit`: of the lengths of the messages that are held, together. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** `length`: of the message that brought the frame. */
  hold(frame: unknown, length: number): Violation | undefined {
    this.#length += length;
    if (this.#length > this.#limit) return tooBig(this.#limit);
    this.#frames.push(frame);
    return undefined;
  }

  /** Hands the frames over, in order: before the handshake resolves, so that what comes next follows them. */
  release(sink: FrameSink<unknown>): void {
    for (const frame of this.#frames.splice(0)) sink.frame(frame);
  }
}
