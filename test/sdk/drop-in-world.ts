/** A drop-in class over a simulated network, and a record of what its sockets tell their user. */
import { createWebSocketClass } from '../../src/presets/websocket-class.ts';
import type { DropInWebSocket, WebSocketClassOptions } from '../../src/sdk/web-socket-class.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { memoryNetwork } from '../../src/testing/network/memory.ts';
import type { MemoryWebSocketPeer } from '../../src/testing/network/memory-websocket-peer.ts';
import { memoryWebSockets } from '../../src/testing/network/memory-websockets.ts';

export function dropInWorld(options: WebSocketClassOptions = {}) {
  const clock = virtualClock();
  const network = memoryNetwork({ clock, latencyMs: 10 });
  const sockets = memoryWebSockets(network);
  const WebSocket = createWebSocketClass({ clock, transport: sockets.transport, ...options });
  const peers: MemoryWebSocketPeer[] = [];
  const heard: (string | Uint8Array)[] = [];
  const accept = (peer: MemoryWebSocketPeer) => {
    peers.push(peer);
    peer.onMessage = (message) => heard.push(message);
  };
  const unserve = sockets.serve('feed', accept);
  const open = (url = 'ws://feed/v1', protocols: string | string[] = []) =>
    recorded(new WebSocket(url, protocols));
  return { clock, network, sockets, WebSocket, peers, heard, unserve, open };
}

/** The events, one line each, with the ready state seen by the listener. */
export function recorded(ws: DropInWebSocket) {
  const log: string[] = [];
  ws.addEventListener('open', () => log.push(`open/${ws.readyState}`));
  ws.addEventListener('error', () => log.push(`error/${ws.readyState}`));
  ws.addEventListener('message', ({ data }) => log.push(`message ${describe(data)}`));
  ws.addEventListener('close', ({ code, reason, wasClean }) =>
    log.push(`close/${ws.readyState} ${code} ${reason} ${wasClean ? 'clean' : 'unclean'}`),
  );
  return { ws, log };
}

function describe(data: unknown): string {
  if (typeof data === 'string') return data;
  return data instanceof Blob ? `blob ${data.size}` : `buffer ${(data as ArrayBuffer).byteLength}`;
}
