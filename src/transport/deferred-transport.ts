/**
 * A transport whose module is loaded at its first use, so that importing holdfast does not load modules that a
 * program may never need. The first dial waits for the load; `deadlines.connect` covers that wait.
 */
import { describeThrown, type Failure } from '../policy/exits.ts';
import type { CloseFrame, Peer, Socket, SocketSink, Transport } from '../ports/transport.ts';
import { failedAtOnce } from './dial-failure.ts';

/** The properties of a transport that are needed before its module is loaded. */
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
    dial(target, sink, clock) {
      if (loaded !== undefined) return loaded.dial(target, sink, clock);
      const socket = new DeferredSocket(sink);
      transport().then(
        (transport) => socket.become(() => transport.dial(target, sink, clock)),
        (error) => socket.become(() => failedAtOnce(notUsable(error), sink)),
      );
      return socket;
    },
    checkAccepted: (raw) => loaded?.checkAccepted?.(raw),
    adopt(raw, sink) {
      if (loaded?.adopt !== undefined) return loaded.adopt(raw, sink);
      return failedAtOnce(
        notUsable(`transport ${facts.name}: adopt() before listen() is not possible`),
        sink,
      );
    },
    peerOf: (raw) => loaded?.peerOf?.(raw),
    requestOf: (raw) => loaded?.requestOf?.(raw),
    async listen(url, sink, clock) {
      const { listen } = await transport();
      if (listen === undefined) throw new Error(`transport ${facts.name}: listen() is not supported`);
      return listen(url, sink, clock);
    },
  };
}

function notUsable(error: unknown): Failure {
  return { reason: 'bad-config', detail: describeThrown(error), error };
}

/** All that a socket may have: what is not passed on here is missing from each socket of a transport that is loaded later. */
type Whole<Chunk> = { [Key in keyof Required<Socket<Chunk>>]: Socket<Chunk>[Key] };

/** Placeholder for a socket whose transport is being loaded. Writes before `opened` are dropped. */
class DeferredSocket<Chunk> implements Socket<Chunk>, Whole<Chunk> {
  readonly #sink: SocketSink<Chunk>;
  #socket: Socket<Chunk> | undefined;
  #endRequested = false;
  #paused = false;

  constructor(sink: SocketSink<Chunk>) {
    this.#sink = sink;
  }

  become(dial: () => Socket<Chunk>): void {
    if (this.#endRequested) return this.#sink.closed();
    this.#socket = dial();
    if (this.#paused) this.#socket.pause();
  }

  get bytesRead(): number {
    // `undefined` where the transport does not count; a getter's type cannot be optional.
    return this.#socket?.bytesRead as number;
  }

  get remote(): Peer | undefined {
    return this.#socket?.remote;
  }

  get subprotocol(): string {
    return this.#socket?.subprotocol ?? '';
  }

  get progress() {
    return this.#socket?.progress;
  }

  get takesWhole(): boolean {
    return this.#socket?.takesWhole === true;
  }

  get frees(): true {
    return this.#socket?.frees as true;
  }

  gather(): void {
    this.#socket?.gather?.();
  }

  write(chunk: Chunk, more: boolean) {
    return this.#socket === undefined ? false : this.#socket.write(chunk, more);
  }

  end(close?: CloseFrame): void {
    if (this.#socket === undefined) this.#endRequested = true;
    else this.#socket.end(close);
  }

  destroy(): void {
    if (this.#socket === undefined) this.#endRequested = true;
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
