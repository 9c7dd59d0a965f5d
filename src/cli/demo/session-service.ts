/** The server of the demo's session, with holdfast: its sockets die with it, and its sessions outlive it in the memory of this process. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { ListeningSupervisor } from '../../actors/supervisor/listening-supervisor.ts';
import { silentLogger } from '../../base/log.ts';
import type { AnyProtocol } from '../../endpoints/place.ts';
import { createSupervisor } from '../../presets/node.ts';
import { framed } from '../../protocols/framed.ts';
import { session } from '../../sessions/both.ts';
import type { Clock } from '../../time/clock.ts';
import { tcp } from '../../transport/tcp.ts';

const HOST = '127.0.0.1';

export class SessionService {
  readonly id = 'session-1';
  /** Messages by their texts, in the order of their first handling. */
  readonly handled = new Set<string>();
  /** Messages that were handled once more. */
  repeated = 0;
  readonly #server: Server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  readonly #sockets = new Set<Socket>();
  readonly #host: ListeningSupervisor;
  readonly #protocol = session(framed(), {
    plaintext: true,
    onSession: (opened) => {
      opened.onMessage = (message) => this.#handle(String(message));
    },
  }) as unknown as AnyProtocol;
  #port = 0;

  constructor(clock: Clock) {
    this.#host = createSupervisor({ clock, logger: silentLogger });
  }

  get url(): string {
    return `tcp://${HOST}:${this.#port}`;
  }

  /** Listens; from the second time on, on the same port. */
  async up(): Promise<void> {
    this.#server.listen(this.#port, HOST);
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Reads nothing more: what clients send is lost with the socket. */
  freeze(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  down(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async stop(): Promise<void> {
    this.down();
    await this.#host.stop();
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    this.#host.accept(socket, { transport: tcp(), protocol: this.#protocol });
  }

  #handle(message: string): void {
    if (this.handled.has(message)) this.repeated++;
    this.handled.add(message);
  }
}
