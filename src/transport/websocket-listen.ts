/** The HTTP server in front of accepted WebSockets: upgrades requests, and answers all others with status 426. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import type { AcceptSink, Bound } from '../ports/transport.ts';
import { boundUrl, offer, peerOf, startListening, stopAccepting } from './listening.ts';
import { handshakeDefaults, requireCertificate, type TlsOptions } from './tls.ts';
import { hostOf } from './url-checks.ts';

/** The `raw` value of `accepted`. Its `ws` is paused, so that a later `adopt` loses no message. */
export interface AcceptedWebSocket {
  readonly ws: WebSocket;
  /** The upgrade request with its headers, URL and remote address. */
  readonly request: IncomingMessage;
}

export async function listenForWebSockets(
  url: URL,
  tls: TlsOptions,
  options: ServerOptions,
  sink: AcceptSink,
): Promise<Bound> {
  const server = url.protocol === 'wss:' ? secureServer(tls) : createServer(refuse);
  const upgrader = new WebSocketServer({
    ...options,
    ...pathOption(url),
    noServer: true,
    clientTracking: false,
  });
  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    upgrader.handleUpgrade(request, socket, head, (ws) => {
      ws.pause();
      offer({ ws, request }, peerOf(request.socket) ?? 'unknown', sink, () => ws.terminate());
    });
  });
  await startListening(server, { host: hostOf(url), port: portOf(url) }, sink);
  return {
    url: boundUrl(url, server),
    close: async () => {
      upgrader.close();
      stopAccepting(server);
      server.closeAllConnections(); // plain HTTP only: an upgraded socket has left the server
    },
  };
}

function secureServer(tls: TlsOptions) {
  requireCertificate(tls);
  return createTlsServer({ ...handshakeDefaults, ...tls }, refuse);
}

function pathOption({ pathname }: URL): { path?: string } {
  return pathname === '/' ? {} : { path: pathname };
}

/** `URL` drops the default port of a scheme. */
function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'wss:' ? 443 : 80;
}

/** Answers 426 Upgrade Required (RFC 9110 section 15.5.22). */
function refuse(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, { Connection: 'Upgrade, close', Upgrade: 'websocket' });
  response.end();
}
