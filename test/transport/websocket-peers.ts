/** WebSocket peers for the transports: `ws` by itself, and plain sockets for what `ws` would never do. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Socket as NetSocket, type Server } from 'node:net';
import { type RawData, type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import type { Target, Transport } from '../../src/ports/transport.ts';
import type { WebSocketChunk } from '../../src/ports/websocket-chunk.ts';
import { later, Reception, serving } from './peers.ts';
import { RecordingSink } from './recording-sink.ts';

export type WsSink = RecordingSink<WebSocketChunk>;

export function dialWs(transport: Transport<WebSocketChunk>, target: URL | Target) {
  const sink: WsSink = new RecordingSink();
  const socket = transport.dial(target instanceof URL ? { url: target } : target, sink);
  later(() => socket.destroy());
  return { sink, socket };
}

/** A server of `ws`, whose connections `reception` keeps. */
export async function wsServer(options: ServerOptions = {}) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, autoPong: false, ...options });
  const reception = new Reception();
  server.on('connection', (ws) => {
    ws.on('error', () => {});
    later(() => ws.terminate());
    reception.accepted(ws, '');
  });
  await once(server, 'listening');
  later(() => server.close());
  return { url: urlOf(server), reception, server };
}

/** A dialled WebSocket and the `ws` at its other end. */
export async function wsPair(transport: Transport<WebSocketChunk>, options: ServerOptions = {}) {
  const { url, reception } = await wsServer(options);
  const dialled = dialWs(transport, url);
  await dialled.sink.saw('opened');
  return { ...dialled, peer: (await reception.next()) as WebSocket };
}

/** Answers HTTP, upgrade requests included, in its own way. */
export async function httpPeer(answer: RequestListener): Promise<URL> {
  const server = createHttpServer(answer);
  await serving(server, { host: '127.0.0.1', port: 0 });
  return urlOf(server);
}

/** Hands each plain socket to `onSocket`. */
export async function rawPeer(onSocket: (socket: NetSocket) => void): Promise<URL> {
  const server = createServer((socket) => onSocket(socket.on('error', () => {})));
  await serving(server, { host: '127.0.0.1', port: 0 });
  return urlOf(server);
}

/** Reads the upgrade request, answers it as RFC 6455 wants, and hands over the plain socket. */
export function upgradingPeer(onUpgraded: (socket: NetSocket) => void): Promise<URL> {
  return rawPeer(async (socket) => {
    const [request] = await once(socket, 'data');
    const key = /sec-websocket-key: (.*)\r\n/i.exec(String(request))?.[1];
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
    socket.write([...head, `Sec-WebSocket-Accept: ${accept}`, '', ''].join('\r\n'));
    onUpgraded(socket);
  });
}

export function urlOf(server: Pick<Server, 'address'>): URL {
  return new URL(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

/** The next message of a plain `ws`, text as a string. */
export async function nextMessage(ws: WebSocket): Promise<string | Uint8Array> {
  const [data, isBinary] = (await once(ws, 'message')) as [RawData, boolean];
  return isBinary ? (data as Buffer) : String(data);
}

/** Code and reason with which a plain `ws` was closed. */
export async function closeOf(ws: WebSocket): Promise<[number, string]> {
  const [code, reason] = (await once(ws, 'close')) as [number, Buffer];
  return [code, String(reason)];
}
