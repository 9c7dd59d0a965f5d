/** Accepted sockets: what can be taken over, and how that begins. */
import { Socket as NetSocket } from 'node:net';
import { Duplex } from 'node:stream';
import { badConfig } from '../base/errors.ts';
import type { Socket, SocketSink, Transport } from '../ports/transport.ts';
import { failedDial, lostBeforeAdopt } from './dial-failure.ts';
import type { Tune } from './dial-options.ts';
import { DuplexSocket } from './duplex.ts';
import { peerOf } from './peer.ts';
import { adapterOf, StreamSocket } from './stream.ts';

/**
 * Adapts an accepted socket: a `net.Socket`, a `tls.TLSSocket` after its handshake, or any other `Duplex` of bytes. A server
 * of the user needs `allowHalfOpen: true`; with `pauseOnConnect: true` its sockets can be adopted at any later time. A
 * socket that closed before that reports `failed` and `closed`, and never `opened`.
 *
 * @throws ConfigError for anything else
 */
export function adoptStream(raw: unknown, sink: SocketSink<Uint8Array>, tune?: Tune): Socket<Uint8Array> {
  checkKind(raw);
  if (raw.destroyed) return failedDial(raw.errored ?? lostBeforeAdopt(), sink);
  raw.pause();
  if (raw instanceof NetSocket) tune?.call(raw);
  const adapter = raw instanceof NetSocket ? new StreamSocket(raw, sink) : new DuplexSocket(raw, sink);
  // Queued before `resume` queues the first read, so that `opened` comes first and may still pause it.
  process.nextTick(openAdopted, adapter);
  raw.resume();
  return adapter;
}

/** The members that TCP, TLS and unix sockets share for accepted sockets. `tune` sets what the kernel does with one. */
export function accepting(tune?: Tune) {
  return {
    adopt: (raw, sink) => adoptStream(raw, sink, tune),
    checkAccepted(raw) {
      checkKind(raw);
      if (adapterOf in raw) throw unfit(raw, ' that has a connection', 'a socket without one');
    },
    peerOf: (raw) => (raw instanceof NetSocket ? peerOf(raw) : undefined),
    isSilent: (raw) => (raw instanceof NetSocket ? raw.bytesRead === 0 : undefined),
  } satisfies Pick<Transport, 'adopt' | 'checkAccepted' | 'peerOf' | 'isSilent'>;
}

function openAdopted(adapter: StreamSocket): void {
  if (adapter.socket.destroyed) return;
  adapter.opened();
  if (adapter.socket.readableEnded) adapter.sink.ended();
}

function checkKind(raw: unknown): asserts raw is Duplex {
  const expected = 'a Duplex of bytes, such as a net.Socket, or a tls.TLSSocket after its handshake';
  if (!(raw instanceof Duplex)) throw unfit(raw, '', expected);
  if (raw.readableObjectMode || raw.writableObjectMode) throw unfit(raw, ' in object mode', expected);
  if (raw.readableEncoding !== null)
    throw unfit(
      raw,
      ` with setEncoding('${raw.readableEncoding}')`,
      `${expected}; its encoding cannot be undone`,
    );
}

function unfit(raw: unknown, manner: string, expected: string) {
  const kind = typeof raw === 'object' && raw !== null ? (raw.constructor?.name ?? 'Object') : String(raw);
  return badConfig('socket', `${kind}${manner}`, expected);
}
