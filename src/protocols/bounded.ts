/** Bounds a push parser that has no limit of its own, as most parsers of npm. */
import { objectOf } from '../base/options.ts';
import type { Decoder, FrameSink, Violation } from '../ports/protocol.ts';
import { limitRequirement, requireAll } from './options.ts';

/** A push parser that keeps an incomplete frame for as long as it takes. */
export interface UnboundedParser {
  /**
   * Reads bytes, which are the parser's to keep, and emits the frames that they complete. Any error that it throws, a
   * `RangeError` of deep nesting included, ends the incarnation as `protocol-error`.
   */
  push(bytes: Uint8Array): unknown;
  /** Bytes of an incomplete frame that it keeps. Absent: bytes count from the last call of `push` that emitted a frame. */
  readonly held?: number;
  /** True inside a frame. Absent: where bytes count as held. */
  readonly midFrame?: boolean;
}

/** A parser, and the bytes that one of its frames may have. */
export interface BoundedOptions<Frame> {
  /** Bytes of one frame. */
  readonly limit: number;
  /** Makes the parser of one incarnation, which calls `emit` for each frame. */
  readonly parser: (emit: (frame: Frame) => void) => UnboundedParser;
}

/**
 * A decoder around a parser: a frame over `limit` is `message-too-big`, and what the parser throws is `protocol-error`.
 *
 * @remarks
 * The parser gets copies of the bytes, and never more at a time than its frame may still have: chunks of any size are cut.
 * With `held` the limit is exact. Without, a call of `push` that ends a frame leaves unknown how many bytes the next one
 * has already; then a frame passes with up to twice the limit. Frames are handed on when the parser has returned.
 */
export function bounded<Frame>(options: BoundedOptions<Frame>): Decoder<Frame, Uint8Array> {
  const { limit, parser } = objectOf('bounded', options);
  requireAll('bounded', options, [
    limitRequirement(limit, { field: 'limit', most: Number.MAX_SAFE_INTEGER }),
    ['parser', parser, typeof parser === 'function', 'a function that makes a parser'],
  ]);
  return new BoundedDecoder(limit, parser);
}

class BoundedDecoder<Frame> implements Decoder<Frame, Uint8Array> {
  readonly #limit: number;
  readonly #parser: UnboundedParser;
  readonly #emitted: Frame[] = [];
  /** Bytes of the frame under way. */
  #held = 0;

  constructor(limit: number, parser: BoundedOptions<Frame>['parser']) {
    this.#limit = limit;
    this.#parser = parser((frame) => void this.#emitted.push(frame));
  }

  get midFrame(): boolean {
    return this.#parser.midFrame ?? this.#held > 0;
  }

  push(chunk: Uint8Array, sink: FrameSink<Frame>): Violation | undefined {
    for (let at = 0; at < chunk.length; ) {
      const piece = new Uint8Array(chunk.subarray(at, at + this.#limit - this.#held));
      at += piece.length;
      const violation = this.#parse(piece, sink);
      if (violation !== undefined) return violation;
    }
    return undefined;
  }

  #parse(piece: Uint8Array, sink: FrameSink<Frame>): Violation | undefined {
    let violation: Violation | undefined;
    try {
      this.#parser.push(piece);
    } catch (error) {
      violation = {
        reason: 'protocol-error',
        detail: `the parser refused the input: ${textOf(error)}`,
        error,
      };
    }
    const frames = this.#emitted.splice(0);
    this.#held = this.#parser.held ?? (frames.length > 0 ? 0 : this.#held + piece.length);
    for (const frame of frames) sink.frame(frame);
    return violation ?? (this.#held < this.#limit ? undefined : this.#tooBig());
  }

  #tooBig(): Violation {
    return { reason: 'message-too-big', detail: `a frame exceeds ${this.#limit} bytes` };
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
