/** A hand-written peer of the protocol `framed`: `00 01` is a heartbeat, sent unasked; `00 02` carries the client's id. */
import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { fromEvent, interval, takeUntil } from 'rxjs';
import { type Introduce, SocketPeer } from './peer.ts';

const BEAT = Buffer.of(0, 1);
const BEAT_MS = 400;
const HEADER = 6;

export function acceptFramed(introduce: Introduce) {
  return (socket: Socket): void => {
    const peer = new SocketPeer(socket);
    let rest: Buffer = Buffer.alloc(0);
    socket.setNoDelay();
    socket.on('data', (data) => {
      if (peer.frozen) return;
      rest = readFrames(Buffer.concat([rest, data]), (name) => introduce(name, peer));
    });
    interval(BEAT_MS)
      .pipe(takeUntil(fromEvent(socket, 'close')))
      .subscribe(() => peer.frozen || socket.write(BEAT));
  };
}

/** Returns the bytes of a frame that is not complete yet. */
function readFrames(bytes: Buffer, named: (name: string) => void): Buffer {
  let at = 0;
  while (at + BEAT.length <= bytes.length) {
    if (bytes[at + 1] === 1) {
      at += BEAT.length;
      continue;
    }
    const end = at + HEADER <= bytes.length ? at + HEADER + bytes.readUInt32BE(at + 2) : Infinity;
    if (end > bytes.length) break;
    named(bytes.toString('utf8', at + HEADER, end));
    at = end;
  }
  return bytes.subarray(at);
}
