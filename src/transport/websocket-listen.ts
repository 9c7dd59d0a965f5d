/** The HTTP server in front of accepted WebSockets: upgrades requests, and answers all others with status 426. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket as NetSocket } from 'node:net';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import type { AcceptSink, Bound } from '../ports/transport.ts';
import { Handshakes } from './handshakes.ts';
import { boundUrl, offer, startListening, stopAccepting } from './listening.ts';
import { replaceCertificate, requireCertificate, servingOptions } from './tls-listen.ts';
import type { TlsOptions } from './tls-options.ts';
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
  const secure = url.protocol === 'wss:' ? secureServer(tls, sink) : undefined;
  const server = secure ?? createServer();
  const handshakes = new Handshakes(server, sink);
  const upgrader = new WebSocketServer({
    ...options,
    ...pathOption(url),
    noServer: true,
    clientTracking: false,
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    handshakes.of(request.socket)?.fails({ reason: 'upgrade-refused', code: 426 });
    refuse(response);
  });
  server.on('upgrade', (request: IncomingMessage, socket: NetSocket, head: Buffer) => {
    const handshake = handshakes.of(socket);
    if (handshake === undefined) return void socket.destroy();
    if (!handshake.admitted) return socket.end(full, () => socket.destroy());
    handshake.fails({ reason: 'upgrade-refused', code: 400 });
    upgrader.handleUpgrade(request, socket, head, (ws) => {
      handshake.done();
      ws.pause();
      offer({ ws, request }, handshake.from, sink, () => ws.terminate());
    });
  });
  await startListening(server, { host: hostOf(url), port: portOf(url) }, sink);
  return {
    url: boundUrl(url, server),
    close: async () => {
      upgrader.close();
      stopAccepting(server);
      await handshakes.end();
    },
    ...(secure && { update: (certificate) => replaceCertificate(secure, tls, certificate) }),
  };
}

/** The answer to an upgrade beyond a limit: a peer that backs off comes back later (RFC 9110 section 15.6.4). */
const full = 'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

function secureServer(tls: TlsOptions, sink: AcceptSink) {
  requireCertificate(tls);
  return createTlsServer(servingOptions(tls, sink));
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
function refuse(response: ServerResponse): void {
  response.writeHead(426, { Connection: 'Upgrade, close', Upgrade: 'websocket' });
  response.end();
}
