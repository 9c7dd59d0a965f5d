/** A `SocketSink` that remembers what was called, and lets a test wait for a call instead of for time. */
import type { Failure } from '../../src/policy/exits.ts';
import type { CloseFrame, SocketSink } from '../../src/ports/transport.ts';

type Call = keyof SocketSink<unknown>;

export class RecordingSink<Chunk = Uint8Array> implements SocketSink<Chunk> {
  readonly calls: Call[] = [];
  readonly chunks: Chunk[] = [];
  readonly failures: Failure[] = [];
  readonly closeFrames: (CloseFrame | undefined)[] = [];
  readonly #waiting = new Set<() => void>();

  opened(): void {
    this.#note('opened');
  }
  received(chunk: Chunk): void {
    this.chunks.push(chunk);
    this.#note('received');
  }
  written(): void {
    this.#note('written');
  }
  ended(close?: CloseFrame): void {
    this.closeFrames.push(close);
    this.#note('ended');
  }
  failed(failure: Failure): void {
    this.failures.push(failure);
    this.#note('failed');
  }
  closed(): void {
    this.#note('closed');
  }

  /** Resolves at once if the condition holds already. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!condition()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  saw(call: Call, times = 1): Promise<void> {
    return this.until(() => this.count(call) >= times);
  }

  count(call: Call): number {
    return this.calls.filter((each) => each === call).length;
  }

  /** All bytes or text received, as one text. */
  get text(): string {
    return this.chunks
      .map((chunk) => (typeof chunk === 'string' ? chunk : String(Buffer.from(chunk as Uint8Array))))
      .join('');
  }

  sawText(text: string): Promise<void> {
    return this.until(() => this.text === text);
  }

  #note(call: Call): void {
    this.calls.push(call);
    for (const look of [...this.#waiting]) look();
  }
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
