/** A proxy that runs in the process of the test, with plain sockets on both of its sides. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { FakeIo } from '../fake-io.ts';

export const loopback = 'tcp://127.0.0.1:0';

/** Starts `holdfast proxy`; it has to end without an error when the test does. */
export async function proxying(listen: string, upstream: string, ...args: string[]) {
  const io = new FakeIo();
  return { io, ...(await started(io, listen, upstream, ...args)) };
}

/** The same, in surroundings of the test. */
export async function started(io: FakeIo, listen: string, upstream: string, ...args: string[]) {
  const code = io.run('proxy', listen, upstream, ...args);
  const end = async () => {
    io.quit$.next('end');
    return await code;
  };
  onTestFinished(async () => {
    if ((await end()) !== 0 || io.err !== '') throw new Error(`the proxy failed: ${io.err}`);
  });
  const { url } = await io.line(({ event }) => event === 'listening');
  return { url: String(url), port: Number(new URL(String(url)).port), end };
}

/** A server that hands out its sockets one after another. */
export class Upstream {
  readonly #server: Server;
  readonly #sockets: Socket[] = [];
  readonly #arrived: Socket[] = [];
  readonly #waiting: ((socket: Socket) => void)[] = [];
  port = 0;

  constructor() {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {});
      this.#sockets.push(socket);
      const taken = this.#waiting.shift();
      if (taken === undefined) this.#arrived.push(socket);
      else taken(socket);
    });
  }

  get url(): string {
    return `tcp://127.0.0.1:${this.port}`;
  }

  async listen(port = 0): Promise<this> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as { port: number }).port;
    return this;
  }

  /** The next socket. */
  accepted(): Promise<Socket> {
    const arrived = this.#arrived.shift();
    if (arrived !== undefined) return Promise.resolve(arrived);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Ends as a process that is killed: its sockets are closed, its port is free. */
  async end(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  get open(): number {
    return this.#sockets.filter(({ destroyed }) => !destroyed).length;
  }
}

export async function upstreamOn(port = 0): Promise<Upstream> {
  const upstream = await new Upstream().listen(port);
  onTestFinished(() => upstream.end());
  return upstream;
}

/** A client of the proxy. */
export function client(port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** All that a socket sends, up to its end, after which it is still open for writing. Rejects when it breaks off. */
export async function all(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket.iterator({ destroyOnReturn: false }))
    chunks.push(Buffer.from(chunk, 'latin1'));
  return Buffer.concat(chunks);
}

/** What a socket sends, once it has that many bytes. */
export async function some(socket: Socket, length: number): Promise<string> {
  let text = '';
  for await (const data of socket.setEncoding('latin1').iterator({ destroyOnReturn: false })) {
    text += data;
    if (text.length >= length) break;
  }
  return text;
}
