/**
 * The adapter that TCP, TLS and unix sockets share. Its listeners are module functions that find their
 * adapter on the socket: closures would cost several hundred bytes per connection.
 */
import { isIP, type Socket as NetSocket } from 'node:net';
import { failureOf, type Phase } from '../policy/exits.ts';
import type { DialProgress, Peer, Socket, SocketSink, Target } from '../ports/transport.ts';
import type { Clock } from '../time/clock.ts';
import { failedDial, openingFailure } from './dial-failure.ts';
import { checkVersion, type DialOptions } from './dial-options.ts';
import { Dialling, heldBy, type OpenEvent } from './dialling.ts';
import { gather, hold } from './gather.ts';
import { isFailing, readBeforeFailing } from './last-words.ts';
import { peerOf } from './peer.ts';
import { hostOf } from './url-checks.ts';

/**
 * For every stream, on both sides. Without `allowHalfOpen`, Node answers the peer's end of stream with an
 * end of this side before the last answer is written.
 */
export const streamOptions = { allowHalfOpen: true } as const;

/** The symbol is shared by all copies of the package, so that each refuses a socket that has a connection of another. */
export const adapterOf = Symbol.for('holdfast.stream');

interface Carrier extends NetSocket {
  readonly [adapterOf]: StreamSocket;
}

export class StreamSocket implements Socket<Uint8Array> {
  /** Until it is open, a `Dialling` may stand in its place: never writable, and everything but `end` and `destroy` waits. */
  socket: NetSocket;
  readonly sink: SocketSink<Uint8Array>;
  phase: Phase = 'opening';
  /** Writes whose callbacks have not run yet. */
  unreported = 0;

  constructor(socket: NetSocket | Dialling, sink: SocketSink<Uint8Array>) {
    this.socket = socket as NetSocket;
    this.sink = sink;
    if (!(socket instanceof Dialling)) this.attach(socket);
  }

  attach(socket: NetSocket): void {
    this.socket = readBeforeFailing(Object.assign(socket, { [adapterOf]: this }));
    socket.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
  }

  get progress(): DialProgress | undefined {
    const { socket } = this as { socket: NetSocket | Dialling };
    if (socket instanceof Dialling) return socket.progress;
    const { remoteAddress, remotePort } = socket;
    return remoteAddress === undefined
      ? undefined
      : { detail: `no answer from ${remoteAddress}:${remotePort}` };
  }

  /** Drops the chunk after `end` or `destroy`. Failed writes are not reported singly: `failed` covers them. */
  write(chunk: Uint8Array): boolean {
    if (!this.socket.writable) return false;
    gather(this.socket, chunk.length, this.unreported++);
    // A closure per write rather than per socket: idle sockets then hold none.
    this.socket.write(chunk, (error) => this.written(error));
    return true;
  }

  get frees(): true {
    return true;
  }

  gather(): void {
    if (this.socket.writable) hold(this.socket);
  }

  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  get remote(): Peer | undefined {
    return peerOf(this.socket);
  }

  opened(): void {
    this.phase = 'open';
    this.sink.opened();
  }

  /** Node reports success for the write that was under way when the socket broke; the socket shows it. */
  protected written(error: Error | null | undefined): void {
    this.unreported--;
    if (!error && !this.socket.destroyed && !this.socket.errored) this.sink.written();
  }
}

/** Adapts the socket that `connect` returns, which is usable from `event` on. */
export function dialStream(
  event: OpenEvent,
  sink: SocketSink<Uint8Array>,
  connect: () => NetSocket,
): Socket<Uint8Array> {
  try {
    const socket = connect();
    const adapter = new StreamSocket(socket, sink);
    socket.on(event, onOpen);
    return adapter;
  } catch (error) {
    return failedDial(error, sink);
  }
}

/** Dials the host of a URL: at once, or, of a name, the addresses one after another. `connect` dials an address. */
export function dialHost(
  event: OpenEvent,
  { url, dialler }: Target,
  options: DialOptions,
  sink: SocketSink<Uint8Array>,
  clock: Clock,
  connect: (address: string) => NetSocket,
): Socket<Uint8Array> {
  const host = hostOf(url);
  if (isIP(host) !== 0) {
    return dialStream(event, sink, () => {
      checkVersion(host, options);
      return heldBy(clock, connect(host));
    });
  }
  const dialling: Dialling = new Dialling(
    { host, options, clock, dialler, event, connect },
    {
      won(socket) {
        adapter.attach(socket);
        adapter.opened();
      },
      failed: (failure) => sink.failed(failure),
      closed: () => sink.closed(),
    },
  );
  const adapter = new StreamSocket(dialling, sink);
  return adapter;
}

function onOpen(this: NetSocket): void {
  // A listener before this one may have refused it, such as a check of the peer's certificate.
  if (!this.destroyed) (this as Carrier)[adapterOf].opened();
}

export function onData(this: NetSocket, chunk: Uint8Array): void {
  (this as Carrier)[adapterOf].sink.received(chunk);
}

/** Ignored while opening: a TLS socket also ends when its handshake is cut off, and an error follows. */
export function onEnd(this: NetSocket): void {
  const { phase, sink } = (this as Carrier)[adapterOf];
  if (phase === 'open' && !isFailing(this)) sink.ended();
}

export function onError(this: NetSocket, error: Error): void {
  const { phase, sink } = (this as Carrier)[adapterOf];
  sink.failed(phase === 'open' ? failureOf(error, 'open') : openingFailure(error));
}

function onClose(this: NetSocket): void {
  (this as Carrier)[adapterOf].sink.closed();
}
