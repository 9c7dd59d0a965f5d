/** Shared by the listening transports: bind a port, hand accepted sockets over, release the port. */
import { once } from 'node:events';
import type { ListenOptions, Socket as NetSocket, Server } from 'node:net';
import { isError } from '../policy/exits.ts';
import type { AcceptSink, Bound } from '../ports/transport.ts';
import { nameOfPeer } from './peer.ts';

/** Rejects with Node's error when the address cannot be bound; reports later errors to `sink.failed`. */
/**
 * Connections that wait for this process to accept them; the kernel lowers the number to its own limit (Linux: `somaxconn`,
 * 4096). Node accepts one in each turn of its loop, and its default of 511 makes the kernel drop the rest of a burst: those
 * peers try again after 1, 3 and 7 s.
 */
const BACKLOG = 65_535;

export async function startListening(server: Server, where: ListenOptions, sink: AcceptSink): Promise<void> {
  server.listen({ backlog: BACKLOG, ...where });
  await once(server, 'listening');
  server.on('error', (error) => report(sink, error));
}

/** Hands an accepted socket over. When the sink throws, `drop` is called and the server goes on. */
export function offer(raw: unknown, from: string, sink: AcceptSink, drop: () => void): void {
  try {
    sink.accepted(raw, from);
  } catch (error) {
    drop();
    report(sink, error);
  }
}

function report(sink: AcceptSink, error: unknown): void {
  try {
    sink.failed(isError(error) ? error : new Error(String(error)));
  } catch {
    // A sink whose `failed` throws too must not end the server and its other connections.
  }
}

/** Listens with a server whose sockets are usable at once. */
export async function listenForStreams(
  server: Server,
  url: URL,
  where: ListenOptions,
  sink: AcceptSink,
): Promise<Bound> {
  server.on('connection', (socket: NetSocket) => {
    socket.on('error', ignore);
    offer(socket, nameOfPeer(socket) ?? url.href, sink, () => socket.destroy());
  });
  await startListening(server, where, sink);
  return { url: boundUrl(url, server), close: async () => stopAccepting(server) };
}

/** Covers errors before the socket has an adapter, whose listener reports them. */
export function ignore(): void {}

/**
 * Does not wait for Node's callback: the port is free at once, and the callback waits for every accepted
 * connection, which may live for months.
 */
export function stopAccepting(server: Server): void {
  server.close();
}

/** `url` with the port that the kernel chose, if `url` has port 0. */
export function boundUrl(url: URL, server: Server): string {
  const address = server.address();
  if (typeof address !== 'object' || address === null) return url.href;
  const bound = new URL(url);
  bound.port = String(address.port);
  return bound.href;
}
