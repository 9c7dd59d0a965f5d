/** A peer that speaks the frames of sessions by itself, over `framed`: a client or a server that does what a test says. */
import { framed } from '../../src/protocols/framed.ts';
import { ackFrame, control, type Frame, messageFrame, readFrame } from '../../src/sessions/wire.ts';
import type { MemoryPeer } from '../../src/testing/network/memory-peer.ts';

export class Raw {
  readonly peer: MemoryPeer;
  /** What arrived, heartbeats left out. */
  readonly frames: Frame[] = [];
  readonly #framed = framed();
  readonly #decoder = this.#framed.open({} as never).decoder;

  constructor(peer: MemoryPeer) {
    this.peer = peer;
    peer.onData = (chunk) => {
      this.#decoder.push(chunk, {
        frame: (frame) => {
          if (!(frame instanceof Uint8Array)) return;
          const read = readFrame(frame);
          if (typeof read === 'string') throw new Error(read);
          this.frames.push(read);
        },
      });
    };
  }

  /** The frames of one type. */
  of<Type extends Frame['type']>(type: Type): Extract<Frame, { type: Type }>[] {
    return this.frames.filter((frame): frame is Extract<Frame, { type: Type }> => frame.type === type);
  }

  get texts(): unknown[] {
    return this.of('message').map(({ data }) => data);
  }

  write(frame: Uint8Array): void {
    this.peer.write(this.#framed.encode(frame));
  }

  hello(fields: object = {}): void {
    this.write(control('hello', { ...hello, ...fields }));
  }

  message(data: string | Uint8Array): void {
    this.write(messageFrame(data));
  }

  ack(handled: number): void {
    this.write(ackFrame(handled));
  }

  beat(): void {
    this.peer.write(Uint8Array.of(0, 1));
  }
}

export const hello = {
  v: 1,
  instance: 'aaaaaaaaaaaaaaaa',
  attempt: 1,
  epoch: 0,
  received: 0,
  handled: 0,
  acked: 0,
  window: { messages: 1024, bytes: 1_048_576 },
};

export const welcome = {
  session: '5'.repeat(32),
  epoch: 1,
  received: 0,
  handled: 0,
  acked: 0,
  keepFor: 120_000,
  window: { messages: 1024, bytes: 1_048_576 },
  resumed: false,
};
