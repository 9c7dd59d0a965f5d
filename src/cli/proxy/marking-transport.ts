/**
 * Transports whose sockets end each direction on its own: `END` written ends this side and goes on reading, and the end
 * of the peer's stream arrives as `END`, with this side still open. The chart of a connection ends it when either side does.
 */
import { Socket as NetSocket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { AnyTransport } from '../../endpoints/place.ts';
import type { Failure } from '../../policy/exits.ts';
import type { CloseFrame, DialProgress, Peer, Socket, SocketSink } from '../../ports/transport.ts';
import { END, type Mark, RESET } from './marks.ts';

/** Which close code tells a WebSocket that the other leg is lost. */
export interface MarkOptions {
  readonly lost: CloseFrame;
}

export function marking(transport: AnyTransport, options: MarkOptions): AnyTransport {
  const { adopt } = transport;
  return {
    ...transport,
    dial: (target, sink, clock) => marker(sink, options, (inner) => transport.dial(target, inner, clock)),
    ...(adopt !== undefined && {
      adopt: (raw: unknown, sink: SocketSink<unknown>) => marker(sink, options, (inner) => adopt(raw, inner)),
    }),
  };
}

function marker(
  sink: SocketSink<unknown>,
  options: MarkOptions,
  open: (sink: SocketSink<unknown>) => Socket<unknown>,
): Socket<unknown> {
  const socket = new MarkingSocket(sink, options);
  socket.inner = open(socket);
  return socket;
}

class MarkingSocket implements Socket<unknown>, SocketSink<unknown> {
  inner: Socket<unknown> | undefined;
  readonly #sink: SocketSink<unknown>;
  readonly #lost: CloseFrame;
  /** Writes of data that were not reported. */
  #unreported = 0;
  /** A mark was written, and is to be reported after the data before it. */
  #owes = false;
  #isEnded = false;
  #peerEnded = false;

  constructor(sink: SocketSink<unknown>, { lost }: MarkOptions) {
    this.#sink = sink;
    this.#lost = lost;
  }

  // --- the socket, as its incarnation sees it

  write(chunk: unknown, more: boolean): boolean {
    if (chunk === END && this.#isEnded) return false;
    if (chunk === END || chunk === RESET) return this.#mark(chunk);
    this.#unreported++;
    if (this.inner?.write(chunk, more) !== false) return true;
    this.#unreported--;
    return false;
  }

  end(close?: CloseFrame): void {
    this.#isEnded = true;
    this.inner?.end(close);
  }

  /** A stream that is cut short is reset: the peer must not take it for one that has ended. */
  destroy(): void {
    if (!(this.#isEnded && this.#peerEnded)) resetStream(this.inner);
    this.inner?.destroy();
  }

  pause(): void {
    this.inner?.pause();
  }

  resume(): void {
    this.inner?.resume();
  }

  get bytesRead(): number {
    // `undefined` where the transport does not count; a getter's type cannot be optional.
    return this.inner?.bytesRead as number;
  }

  get remote(): Peer | undefined {
    return this.inner?.remote;
  }

  get progress(): DialProgress | undefined {
    return this.inner?.progress;
  }

  get subprotocol(): string {
    return this.inner?.subprotocol ?? '';
  }

  // --- the sink, as the transport beneath sees it

  opened(): void {
    this.#sink.opened();
  }

  received(chunk: unknown): void {
    this.#sink.received(chunk);
  }

  written(): void {
    this.#unreported--;
    this.#sink.written();
    this.#settle();
  }

  progressed(): void {
    this.#sink.progressed?.();
  }

  /** A close frame ends both directions. */
  ended(close?: CloseFrame): void {
    if (close !== undefined) return this.#sink.ended(close);
    this.#peerEnded = true;
    this.#sink.received(END);
  }

  failed(failure: Failure): void {
    this.#sink.failed(failure);
  }

  closed(): void {
    if (this.#isEnded && this.#peerEnded) this.#sink.ended();
    this.#sink.closed();
  }

  #mark(mark: Mark): boolean {
    this.#owes = true;
    if (mark === END) this.end();
    else this.#reset();
    queueMicrotask(() => this.#settle());
    return true;
  }

  #settle(): void {
    if (!this.#owes || this.#unreported > 0) return;
    this.#owes = false;
    this.#sink.written();
  }

  #reset(): void {
    if (resetStream(this.inner)) this.inner?.destroy();
    else this.end(this.#lost);
  }
}

/** Has the kernel send a reset, where the protocol below knows one; returns false for a WebSocket, which has close codes. */
function resetStream(socket: Socket<unknown> | undefined): boolean {
  const { socket: stream } = (socket ?? {}) as { readonly socket?: unknown };
  if (stream === undefined) return false;
  const isTcp =
    stream instanceof NetSocket && !(stream instanceof TLSSocket) && stream.remoteAddress !== undefined;
  if (isTcp && !stream.destroyed) stream.resetAndDestroy();
  return true;
}
