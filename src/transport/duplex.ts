/**
 * The adapter of a `Duplex` that is no socket of the kernel: a pair of streams in one process, a channel of SSH, a stream of
 * HTTP/2, a proxy of the user's own.
 */
import type { Socket as NetSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { isError } from '../policy/exits.ts';
import type { SocketSink } from '../ports/transport.ts';
import { adapterOf, onData, onEnd, onError, StreamSocket } from './stream.ts';

type Destroy = Duplex['_destroy'];

export class DuplexSocket extends StreamSocket {
  /** The cast holds, as only members are used that every `Duplex` has. */
  constructor(stream: Duplex, sink: SocketSink<Uint8Array>) {
    super(stream as NetSocket, sink);
  }

  /** `closed` follows the implementation's own `_destroy`: streams may be without the event `close`, or without an end of their own. */
  override attach(stream: NetSocket): void {
    const { _destroy: destroy } = stream;
    const _destroy: Destroy = (error, done) =>
      destroy.call(stream, error, (failure) => {
        done(failure);
        // After the event `error`, which `done` puts off by a turn.
        process.nextTick(() => this.sink.closed());
      });
    this.socket = Object.assign(stream, { [adapterOf]: this, _destroy });
    stream.on('data', onData).on('end', onEnd).on('error', onError);
    stream.on('end', destroyDone).on('finish', destroyDone).on('error', destroyFailed);
  }

  override get remote(): undefined {
    return undefined;
  }

  /** A copy leaves: what reads it in this process may keep or change it. A `_write` that throws breaks the stream. */
  override write(chunk: Uint8Array): boolean {
    const { socket } = this;
    if (!socket.writable) return false;
    this.unreported++;
    try {
      socket.write(Buffer.from(chunk), (error) => this.written(error));
    } catch (error) {
      socket.destroy(isError(error) ? error : new Error(String(error)));
    }
    return true;
  }

  override opened(): void {
    this.phase = 'open';
    this.sink.opened();
  }
}

/** Streams with `autoDestroy: false` stay as they are after their end, and after an error. */
function destroyDone(this: Duplex): void {
  if (this.readableEnded && this.writableFinished) this.destroy();
}

function destroyFailed(this: Duplex): void {
  this.destroy();
}
