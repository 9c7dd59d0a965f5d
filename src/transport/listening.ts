/** What listening transports share: binding, handing sockets over, and letting go of the port. */
import { once } from 'node:events';
import type { ListenOptions, Socket as NetSocket, Server } from 'node:net';
import type { AcceptSink, Bound } from '../ports/transport.ts';

/** Rejects with Node's error when the address cannot be had; reports to `sink` what goes wrong later. */
export async function startListening(server: Server, where: ListenOptions, sink: AcceptSink): Promise<void> {
  server.listen(where);
  await once(server, 'listening');
  server.on('error', (error) => report(sink, error));
}

/** Hands a socket over; a sink that throws loses the socket, and the server goes on. */
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
    sink.failed(error instanceof Error ? error : new Error(String(error)));
  } catch {
    // Nobody is left to tell, and the other connections are not to blame.
  }
}

/** Listens with a server of streams, whose `event` announces a usable socket. */
export async function listenForStreams(
  server: Server,
  event: 'connection' | 'secureConnection',
  url: URL,
  where: ListenOptions,
  sink: AcceptSink,
): Promise<Bound> {
  server.on(event, (socket: NetSocket) => {
    socket.on('error', ignore);
    // A TLS handshake that began before `close` and finished after it.
    if (!server.listening) socket.destroy();
    else offer(socket, peerOf(socket) ?? url.href, sink, () => socket.destroy());
  });
  await startListening(server, where, sink);
  return { url: boundUrl(url, server), close: async () => letGo(server) };
}

/** The adapter's listener does the work; this one covers the time before there is an adapter. */
function ignore(): void {}

/**
 * Node closes the listening handle at once and then waits for every accepted connection before it
 * calls back; those may live for months, and the port is free without them.
 */
export function letGo(server: Server): void {
  server.close();
}

/** `url` with the port that was chosen when it asked for port 0. */
export function boundUrl(url: URL, server: Server): string {
  const address = server.address();
  if (typeof address !== 'object' || address === null) return url.href;
  const bound = new URL(url);
  bound.port = String(address.port);
  return bound.href;
}

/** `address:port` of the peer; nothing for unix sockets, whose peers have no name. */
export function peerOf({ remoteAddress, remotePort, remoteFamily }: NetSocket): string | undefined {
  if (remoteAddress === undefined) return undefined;
  return `${remoteFamily === 'IPv6' ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`;
}
