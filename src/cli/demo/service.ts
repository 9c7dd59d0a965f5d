/**
 * One server of the demo, written with plain sockets: holdfast on both sides would only test itself against
 * itself. Serves normally until a fault is played on it.
 */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { acceptFramed } from './framed-peer.ts';
import { acceptLine } from './line-peer.ts';
import type { Introduce, Peer } from './peer.ts';
import { acceptRedis } from './redis-peer.ts';
import { upgrading } from './websocket-peer.ts';

export type ServiceProtocol = 'line' | 'framed' | 'websocket' | 'redis';

const CLIENTS = 3;
const HOST = '127.0.0.1';
const schemes = { line: 'tcp', framed: 'tcp', websocket: 'ws', redis: 'redis' } as const;
const acceptors = { line: acceptLine, framed: acceptFramed, redis: acceptRedis } as const;

export class Service {
  readonly protocol: ServiceProtocol;
  /** Ids of its connections. */
  readonly ids: readonly string[];
  /** While true, a socket is closed as soon as it is accepted. */
  flaky = false;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #peers = new Map<string, Peer>();
  #port = 0;

  constructor(protocol: ServiceProtocol) {
    this.protocol = protocol;
    const name = protocol === 'websocket' ? 'ws' : protocol;
    this.ids = Array.from({ length: CLIENTS }, (_, index) => `${name}-${index + 1}`);
    this.#server = protocol === 'websocket' ? createHttpServer() : createServer();
    this.#server.on('connection', (socket: Socket) => this.#track(socket));
    this.#serve((id, peer) => this.#peers.set(id, peer));
  }

  get url(): string {
    return `${schemes[this.protocol]}://${HOST}:${this.#port}`;
  }

  /** The message by which a client says its id. */
  introduction(id: string): unknown {
    return this.protocol === 'redis' ? ['SUBSCRIBE', id] : id;
  }

  /** The peer that introduced itself with this id last. */
  peer(id: string): Peer | undefined {
    return this.#peers.get(id);
  }

  /** Listens; from the second time on, on the same port. */
  async up(): Promise<void> {
    this.#server.listen(this.#port, HOST);
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  down(): void {
    this.#server.close();
    this.dropAll();
  }

  dropAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', ignore);
    if (this.flaky) socket.destroy();
  }

  #serve(introduce: Introduce): void {
    if (this.protocol === 'websocket') this.#server.on('upgrade', upgrading(introduce));
    else this.#server.on('connection', acceptors[this.protocol](introduce));
  }
}

/** Errors of the clients' sockets are expected. */
function ignore(): void {}
