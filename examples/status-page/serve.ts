/**
 * Serves the page, and its feed of one message per second. Run `node --import tsx examples/status-page/serve.ts
 * [port]`; then stop it, start it again, or freeze it (`kill -STOP`), and watch the page.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { createSupervisor, websocketText } from 'holdfast';
import { webSocketOverWs } from 'holdfast/websocket';
import { WebSocketServer } from 'ws';

const here = (file: string) => new URL(file, import.meta.url);

const { outputFiles } = await build({
  entryPoints: [here('page.ts').pathname],
  bundle: true,
  format: 'esm',
  platform: 'browser',
  write: false,
});
const script = outputFiles[0]?.contents ?? '';

const server = createServer(({ url }, response) => {
  const wantsScript = url === '/page.js';
  response.setHeader('content-type', wantsScript ? 'text/javascript' : 'text/html; charset=utf-8');
  response.end(wantsScript ? script : readFileSync(here('index.html')));
});

const supervisor = createSupervisor();
const transport = webSocketOverWs();
const protocol = websocketText({ ping: 'ping', pong: 'pong' });
new WebSocketServer({ server, path: '/feed', autoPong: false }).on('connection', (ws, request) => {
  supervisor.accept({ ws, request }, { transport, protocol });
});

let ticks = 0;
setInterval(() => {
  ticks++;
  for (const connection of supervisor.connections) connection.send(`tick ${ticks}`);
}, 1000);

server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
