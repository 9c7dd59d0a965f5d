/** A transport that counts what becomes of each socket of another one, between that one and the link. */
import type { Failure } from '../../src/policy/exits.ts';
import type { CloseFrame, Socket, SocketSink, Transport } from '../../src/ports/transport.ts';
import { Watch } from './watch.ts';

export class WatchedSocket extends Watch implements Socket<Uint8Array>, SocketSink<Uint8Array> {
  inner: Socket<Uint8Array> | undefined;
  /** Sizes of the chunks as they were read. */
  readonly chunks: number[] = [];
  goodbyes = 0;
  /** Times it was dropped while it was still there. */
  drops = 0;
  closes = 0;
  readonly #sink: SocketSink<Uint8Array>;

  constructor(sink: SocketSink<Uint8Array>) {
    super();
    this.#sink = sink;
  }

  get bytesReceived(): number {
    return this.chunks.reduce((sum, size) => sum + size, 0);
  }

  write(chunk: Uint8Array, more: boolean): void {
    this.inner?.write(chunk, more);
  }
  end(close?: CloseFrame): void {
    this.goodbyes++;
    this.inner?.end(close);
  }
  destroy(): void {
    if (this.closes === 0) this.drops++;
    this.inner?.destroy();
  }
  pause(): void {
    this.inner?.pause();
  }
  resume(): void {
    this.inner?.resume();
  }

  opened(): void {
    this.#sink.opened();
  }
  received(chunk: Uint8Array): void {
    this.chunks.push(chunk.length);
    this.#sink.received(chunk);
    this.happened();
  }
  written(): void {
    this.#sink.written();
  }
  ended(close?: CloseFrame): void {
    this.#sink.ended(close);
  }
  failed(failure: Failure): void {
    this.#sink.failed(failure);
  }
  closed(): void {
    this.closes++;
    this.#sink.closed();
    this.happened();
  }
}

/** `sockets` gets every socket that is dialled or adopted, in order. */
export function watched(transport: Transport, sockets: WatchedSocket[]): Transport {
  const follow = (
    sink: SocketSink<Uint8Array>,
    open: (sink: SocketSink<Uint8Array>) => Socket<Uint8Array>,
  ) => {
    const socket = new WatchedSocket(sink);
    sockets.push(socket);
    socket.inner = open(socket);
    return socket;
  };
  const { adopt } = transport;
  return {
    ...transport,
    dial: (target, sink) => follow(sink, (watching) => transport.dial(target, watching)),
    ...(adopt && { adopt: (raw, sink) => follow(sink, (watching) => adopt(raw, watching)) }),
  };
}
