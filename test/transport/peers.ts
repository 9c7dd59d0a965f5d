/** Peers for the transports, in plain Node: what they talk to must not be their own code. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import type { AcceptSink, Bound, Transport } from '../../src/ports/transport.ts';
import { tcp } from '../../src/transport/tcp.ts';
import { tls } from '../../src/transport/tls.ts';
import { unix } from '../../src/transport/unix.ts';
import { later } from '../support/later.ts';

export { later };

export function fixture(name: string): string {
  return readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8');
}

export function fixtureBytes(name: string): Buffer {
  return readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
}

export const certificate = { cert: fixture('localhost.crt'), key: fixture('localhost.key') };

/** The certificate, for a server that notes the names which clients ask for (SNI). */
export function notingNames(names: string[]): typeof certificate {
  const SNICallback = (name: string, answer: (error: null) => void) => {
    names.push(name);
    answer(null);
  };
  return { ...certificate, SNICallback } as typeof certificate;
}

type LookedUp = (error: null, address: unknown, family?: number) => void;

/** Options of a dial for which every name is the loopback address. */
export const toLoopback: object = {
  lookup: (_name: string, { all }: { all?: boolean }, done: LookedUp) =>
    all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4),
};

/** The transport, URL and peer for the tests of one kind of stream. */
export interface Kind {
  readonly name: string;
  readonly transport: Transport;
  /** Where to listen: a free port, or a path of its own. */
  anywhere(): URL;
  /** A plain server; `onSocket` gets each usable socket, and the one below TLS. */
  serve(onSocket: (socket: Socket, below: Socket) => void): Promise<URL>;
  /** A plain client, connected. */
  visit(url: string): Promise<Socket>;
}

const halfOpen = { allowHalfOpen: true };

export const kinds: readonly Kind[] = [
  {
    name: 'tcp',
    transport: tcp(),
    anywhere: () => new URL('tcp://127.0.0.1:0'),
    serve: async (onSocket) => {
      const server = createServer(halfOpen, (socket) => onSocket(socket, socket));
      return new URL(`tcp://127.0.0.1:${await portOf(server)}`);
    },
    visit: (url) => connected(connect({ ...halfOpen, ...placeOf(url) }), 'connect'),
  },
  {
    name: 'tls',
    transport: tls({ ...certificate, ca: certificate.cert }),
    anywhere: () => new URL('tls://127.0.0.1:0'),
    serve: async (onSocket) => {
      let below: Socket[] = [];
      const server = createTlsServer({ ...halfOpen, ...certificate });
      server.on('connection', (socket: Socket) => below.push(socket));
      server.on('secureConnection', (socket) => {
        const [first = socket, ...rest] = below;
        below = rest;
        onSocket(socket, first);
      });
      return new URL(`tls://127.0.0.1:${await portOf(server)}`);
    },
    visit: (url) =>
      connected(connectTls({ ...halfOpen, ...placeOf(url), ca: certificate.cert }), 'secureConnect'),
  },
  {
    name: 'unix',
    transport: unix(),
    anywhere: () => new URL(`unix:${scratchPath()}`),
    serve: async (onSocket) => {
      const path = scratchPath();
      const server = createServer(halfOpen, (socket) => onSocket(socket, socket));
      await serving(server, { path });
      return new URL(`unix:${path}`);
    },
    visit: (url) => connected(connect({ ...halfOpen, path: new URL(url).pathname }), 'connect'),
  },
];

export function placeOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

async function portOf(server: Server): Promise<number> {
  await serving(server, { host: '127.0.0.1', port: 0 });
  return (server.address() as AddressInfo).port;
}

/** Listens until the end of the test, which destroys all open sockets. */
export async function serving(server: Server, where: { host: string; port: number } | { path: string }) {
  server.on('connection', (socket: Socket) => later(() => socket.destroy()));
  server.listen(where);
  await once(server, 'listening');
  later(() => server.close());
}

async function connected(socket: Socket, event: string): Promise<Socket> {
  later(() => socket.destroy());
  socket.on('error', () => {});
  await once(socket, event);
  return socket;
}

/** A port where nothing listens: it was free a moment ago. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A path for a socket, in a directory of its own. */
export function scratchPath(): string {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-'));
  later(() => rmSync(directory, { recursive: true }));
  return join(directory, 's.sock');
}

/**
 * Resolves when all data sent on loopback before was polled: a round trip on a connection of
 * its own, through this same event loop.
 */
export async function roundTrip(): Promise<void> {
  const server = createServer((socket) => socket.pipe(socket));
  const client = connect(await portOf(server));
  client.write('x');
  await once(client, 'data');
  client.destroy();
}

/** An `AcceptSink` that keeps what it was given. */
export class Reception implements AcceptSink {
  readonly raws: unknown[] = [];
  readonly froms: string[] = [];
  readonly errors: Error[] = [];
  #arrived: (() => void) | undefined;

  accepted(raw: unknown, from: string): void {
    this.raws.push(raw);
    this.froms.push(from);
    this.#arrived?.();
  }
  failed(error: Error): void {
    this.errors.push(error);
  }
  /** The next socket that was not asked for yet. */
  async next(): Promise<unknown> {
    if (this.raws.length === 0) await new Promise<void>((resolve) => (this.#arrived = resolve));
    return this.raws.shift();
  }
}

export async function listening<Chunk>(
  transport: Transport<Chunk>,
  url: URL,
  sink: AcceptSink,
): Promise<Bound> {
  const bound = await transport.listen?.(url, sink);
  if (bound === undefined) throw new Error(`${transport.name} does not listen`);
  later(() => bound.close());
  return bound;
}
