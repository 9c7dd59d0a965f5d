import {
  createSupervisor,
  gates,
  handshakes,
  hedging,
  idleCuts,
  policies,
  probes,
  readers,
  receipts,
  rests,
  routes,
  streams,
  timeLimits,
  websocketText,
} from 'holdfast';
import { createWebSocketClass } from 'holdfast/websocket-class';

const parts = [
  gates,
  handshakes,
  hedging,
  idleCuts,
  policies,
  probes,
  readers,
  receipts,
  rests,
  routes,
  streams,
  timeLimits,
];
const feed = createSupervisor({ parts }).connect({
  url: ['wss://example.org/feed', 'wss://example.com/feed'],
  protocol: websocketText({ ping: 'ping', pong: 'pong' }),
});
feed.send('hello').then(({ confirmed }) => confirmed);
for await (const message of feed) console.log(message);
globalThis.WebSocket = createWebSocketClass();
