/** A plain end of a connection, for tests that want a peer without holdfast on its side. */
import type { Failure } from '../../policy/exits.ts';
import type { Socket, SocketSink } from '../../ports/transport.ts';
import { MemoryEnd } from './memory-end.ts';

/** One connection as a script sees it. Set the handlers you need; no method throws. */
export interface MemoryPeer {
  /** The connection is usable. `serve` hands out peers that already are. */
  onOpen: (() => void) | undefined;
  onData: ((chunk: Uint8Array) => void) | undefined;
  /** The other side will send no more. Without a handler, the peer then ends too. */
  onEnd: (() => void) | undefined;
  /** The last call, once. `failure` unless both sides ended or this one was reset by us. */
  onClose: ((failure: Failure | undefined) => void) | undefined;
  /** Writes that our kernel has not taken yet. */
  readonly unwritten: number;
  /** Text is sent as UTF-8. */
  write(data: string | Uint8Array): void;
  /** Ends our direction, after what was written. */
  end(): void;
  /** Drops the connection; the other side sees a reset. */
  reset(): void;
  /** Reads no more, so that what the other side writes fills the window. */
  pause(): void;
  resume(): void;
}

const utf8 = new TextEncoder();

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
    this.socket.write(typeof data === 'string' ? utf8.encode(data) : data, false);
  }

  end(): void {
    this.socket.end();
  }

  reset(): void {
    this.socket.destroy();
  }

  // What the socket calls.

  /** Lets go of the handler: tests hold many idle peers. */
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
