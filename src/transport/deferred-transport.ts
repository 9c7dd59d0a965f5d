/**
 * A transport that is loaded when it is first used, so that importing holdfast does not cost what a program may
 * never need. Only the first dial waits; the deadline for connecting covers that too.
 */
import { describeThrown, type Failure } from '../policy/exits.ts';
import type { CloseFrame, Socket, SocketSink, Transport } from '../ports/transport.ts';
import { failedAtOnce } from './dial-failure.ts';

/** What is known of a transport without loading it. */
export type TransportFacts<Chunk> = Pick<
  Transport<Chunk>,
  'name' | 'schemes' | 'carrier' | 'provedByOpening' | 'defaultProtocol' | 'check'
>;

/** `load` is called once. When it rejects, dials fail as `bad-config`, and listening rejects. */
export function deferredTransport<Chunk>(
  facts: TransportFacts<Chunk>,
  load: () => Promise<Transport<Chunk>>,
): Transport<Chunk> & Required<Pick<Transport<Chunk>, 'adopt' | 'listen'>> {
  let loading: Promise<Transport<Chunk>> | undefined;
  let loaded: Transport<Chunk> | undefined;
  const transport = () => {
    loading ??= load().then((transport) => {
      loaded = transport;
      return transport;
    });
    return loading;
  };
  return {
    ...facts,
    dial(target, sink) {
      if (loaded !== undefined) return loaded.dial(target, sink);
      const socket = new DeferredSocket(sink);
      transport().then(
        (transport) => socket.become(() => transport.dial(target, sink)),
        (error) => socket.become(() => failedAtOnce(notUsable(error), sink)),
      );
      return socket;
    },
    adopt(raw, sink) {
      if (loaded?.adopt !== undefined) return loaded.adopt(raw, sink);
      return failedAtOnce(notUsable(`${facts.name} has not listened, and has nothing to adopt`), sink);
    },
    async listen(url, sink) {
      const { listen } = await transport();
      if (listen === undefined) throw new Error(`${facts.name} cannot listen`);
      return listen(url, sink);
    },
  };
}

function notUsable(error: unknown): Failure {
  return { reason: 'bad-config', detail: describeThrown(error), error };
}

/** Stands for a socket whose transport is being loaded. Nothing is written before it has opened. */
class DeferredSocket<Chunk> implements Socket<Chunk> {
  readonly #sink: SocketSink<Chunk>;
  #socket: Socket<Chunk> | undefined;
  #over = false;
  #paused = false;

  constructor(sink: SocketSink<Chunk>) {
    this.#sink = sink;
  }

  become(dial: () => Socket<Chunk>): void {
    if (this.#over) return this.#sink.closed();
    this.#socket = dial();
    if (this.#paused) this.#socket.pause();
  }

  get bytesRead(): number {
    // Absent where the transport cannot tell, also if the type of a getter cannot say so.
    return this.#socket?.bytesRead as number;
  }

  write(chunk: Chunk, more: boolean) {
    return this.#socket === undefined ? false : this.#socket.write(chunk, more);
  }

  end(close?: CloseFrame): void {
    if (this.#socket === undefined) this.#over = true;
    else this.#socket.end(close);
  }

  destroy(): void {
    if (this.#socket === undefined) this.#over = true;
    else this.#socket.destroy();
  }

  pause(): void {
    this.#paused = true;
    this.#socket?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#socket?.resume();
  }
}
