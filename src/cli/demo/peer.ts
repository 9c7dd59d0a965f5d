/** The server's end of one demo connection, with the faults it can play. */
import type { Socket } from 'node:net';

export interface Peer {
  close(): void;
  reset(): void;
  /** Reads on, and answers nothing any more. */
  freeze(): void;
}

/** Called with the id that a client sends first. */
export type Introduce = (id: string, peer: Peer) => void;

export class SocketPeer implements Peer {
  frozen = false;
  readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  close(): void {
    this.socket.end();
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  freeze(): void {
    this.frozen = true;
  }
}
