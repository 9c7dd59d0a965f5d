/** The accepted sockets of one listener whose handshakes are under way: TLS, a WebSocket upgrade. */
import type { Socket as NetSocket, Server } from 'node:net';
import type { Failure } from '../policy/exits.ts';
import type { AcceptSink, Arrival, ArrivalOwner } from '../ports/transport.ts';
import { openingFailure } from './dial-failure.ts';
import { ignore } from './listening.ts';
import { nameOfPeer } from './peer.ts';

const closedByUs: Failure = { reason: 'closed-by-us' };
const cutOff: Failure = { reason: 'cut-off', detail: 'the peer closed before the end of the handshake' };

export class Handshakes {
  readonly #sink: AcceptSink;
  /** By the addresses of both ends: a socket and the TLS socket over it have the same. */
  readonly #underWay = new Map<string, Handshake>();

  constructor(server: Server, sink: AcceptSink) {
    this.#sink = sink;
    server.on('connection', (socket: NetSocket) => this.#begin(socket));
    server.on('tlsClientError', (error: Error, socket: NetSocket) => {
      this.of(socket)?.fails(openingFailure(error));
      // Node itself leaves the socket open when the handshake times out.
      socket.destroy();
    });
  }

  /** The handshake of a socket, or of the TLS socket over it; `undefined` once it has ended. */
  of(socket: NetSocket): Handshake | undefined {
    return this.#underWay.get(keyOf(socket));
  }

  /** Drops all; resolves when they are closed. */
  async end(): Promise<void> {
    await Promise.all(Array.from(this.#underWay.values(), (handshake) => handshake.drop()));
  }

  #begin(socket: NetSocket): void {
    const from = nameOfPeer(socket);
    socket.on('error', ignore);
    // No address: the peer is gone already.
    if (from === undefined) return void socket.destroy();
    const key = keyOf(socket);
    const handshake = new Handshake(socket, from, () => this.#underWay.delete(key));
    if (this.#sink.arrived === undefined || handshake.isTaken(this.#sink)) this.#underWay.set(key, handshake);
    else socket.destroy();
  }
}

export class Handshake implements Arrival {
  readonly from: string;
  readonly address: string | undefined;
  readonly #socket: NetSocket;
  readonly #forget: () => void;
  #owner: ArrivalOwner | undefined;
  #failure: Failure = cutOff;
  readonly #onClose = () => this.#ended(this.#failure);

  constructor(socket: NetSocket, from: string, forget: () => void) {
    this.from = from;
    this.address = socket.remoteAddress;
    this.#socket = socket.on('close', this.#onClose);
    this.#forget = forget;
  }

  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  isTaken(sink: AcceptSink): boolean {
    this.#owner = sink.arrived?.(this);
    return this.#owner !== undefined;
  }

  /** Whether the socket may become a connection. */
  get admitted(): boolean {
    return this.#owner?.admits() ?? true;
  }

  /** Why the socket is going to close. */
  fails(failure: Failure): void {
    this.#failure = failure;
  }

  /** The handshake is done: the socket has another owner from now on. */
  done(): void {
    this.#socket.off('close', this.#onClose).off('error', ignore);
    this.#ended();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Drops the socket at once; resolves when it is closed. */
  drop(): Promise<void> {
    this.#failure = closedByUs;
    return new Promise((resolve) => {
      this.#socket.on('close', () => resolve()).destroy();
    });
  }

  #ended(failure?: Failure): void {
    this.#forget();
    this.#owner?.ended(failure);
  }
}

function keyOf({ remoteAddress, remotePort, localAddress, localPort }: NetSocket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
