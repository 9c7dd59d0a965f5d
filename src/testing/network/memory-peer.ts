/** A plain end of a simulated connection: a peer that does not use holdfast. */
import { encoder } from '../../base/text-coding.ts';
import type { Failure } from '../../policy/exits.ts';
import type { Socket, SocketSink } from '../../ports/transport.ts';
import { MemoryEnd } from './memory-end.ts';

/** A plain end of a connection. Assign the handlers that are needed; no method throws. */
export interface MemoryPeer {
  /** The connection is usable. Never called for peers of `serve`, which are already open. */
  onOpen: (() => void) | undefined;
  onData: ((chunk: Uint8Array) => void) | undefined;
  /** The other side will send no more. Without a handler, the peer then ends too. */
  onEnd: (() => void) | undefined;
  /** The last call, once. `failure` is absent if both sides ended, or if this side called `reset`. */
  onClose: ((failure: Failure | undefined) => void) | undefined;
  /** The number of writes that the kernel of this end has not accepted yet. */
  readonly unwritten: number;
  /** Sends bytes, or text as UTF-8. */
  write(data: string | Uint8Array): void;
  /** Ends this direction after the pending writes. */
  end(): void;
  /** Drops the connection; the other side sees a reset. */
  reset(): void;
  /** Stops reading, so that writes of the other side fill the window. */
  pause(): void;
  resume(): void;
}

export class Peer extends MemoryEnd<Socket<Uint8Array>> implements MemoryPeer, SocketSink<Uint8Array> {
  onOpen: (() => void) | undefined;
  onData: ((chunk: Uint8Array) => void) | undefined;
  onEnd: (() => void) | undefined;
  onClose: ((failure: Failure | undefined) => void) | undefined;
  unwritten = 0;
  protected readonly socket: Socket<Uint8Array>;
  #failure: Failure | undefined;

  /** `attach` connects the peer to a socket, which may call it only later. */
  constructor(attach: (sink: SocketSink<Uint8Array>) => Socket<Uint8Array>) {
    super();
    this.socket = attach(this);
  }

  write(data: string | Uint8Array): void {
    this.unwritten += 1;
    this.socket.write(typeof data === 'string' ? encoder().encode(data) : data, false);
  }

  end(): void {
    this.socket.end();
  }

  reset(): void {
    this.socket.destroy();
  }

  // Called by the socket.

  /** Releases the handler, to save memory in tests with many idle peers. */
  opened(): void {
    const { onOpen } = this;
    this.onOpen = undefined;
    onOpen?.();
  }

  received(chunk: Uint8Array): void {
    this.onData?.(chunk);
  }

  written(): void {
    this.unwritten -= 1;
  }

  ended(): void {
    if (this.onEnd === undefined) this.end();
    else this.onEnd();
  }

  failed(failure: Failure): void {
    this.#failure = failure;
  }

  closed(): void {
    this.onClose?.(this.#failure);
  }
}
