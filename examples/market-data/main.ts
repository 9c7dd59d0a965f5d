/** The SDK against a service over `ws` that restarts, and accepts each token once. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as passing } from 'node:timers/promises';
import { silentLogger } from 'holdfast';
import { type WebSocket, WebSocketServer } from 'ws';
import { MarketData } from './client.ts';

const used = new Set<string>();

/** Called by `ws` before an upgrade; false is answered with status 401. */
function verifyClient({ req }: { req: IncomingMessage }): boolean {
  const token = new URL(req.url ?? '', 'ws://market').searchParams.get('token') ?? '';
  const welcome = token.startsWith('token-') && !used.has(token);
  used.add(token);
  return welcome;
}

/** Sends quotes of each subscribed symbol, five times a second. */
async function market(port: number, bid: number): Promise<WebSocketServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port, verifyClient });
  server.on('connection', (ws) => ws.on('message', (data) => answer(ws, JSON.parse(String(data)), bid)));
  await once(server, 'listening');
  return server;
}

function answer(ws: WebSocket, { op, symbol }: { op: string; symbol: string }, bid: number): void {
  if (op === 'ping') return ws.send('{"op":"pong"}');
  const quote = JSON.stringify({ op: 'quote', quote: { symbol, bid, ask: bid + 1 } });
  const quoting = setInterval(() => ws.send(quote), 200);
  ws.on('close', () => clearInterval(quoting));
}

async function stop(server: WebSocketServer): Promise<void> {
  for (const ws of server.clients) ws.terminate();
  server.close();
  await once(server, 'close');
}

const first = await market(0, 41);
const { port } = first.address() as AddressInfo;
let issued = 0;
const data = new MarketData({
  url: `ws://127.0.0.1:${port}`,
  // A real application would fetch the token, with the signal that `token` receives.
  token: async () => `token-${++issued}`,
  connection: { logger: silentLogger, reconnect: { backoff: { base: '100ms', cap: '200ms' } } },
});
data.freshness$.subscribe((freshness) => console.log(freshness));
const quotes = data
  .quotes('ACME')
  .subscribe(({ symbol, bid, ask }) => console.log(`${symbol} ${bid} ${ask}`));

await passing(500);
await stop(first);
await passing(300);
const second = await market(port, 42);
await passing(1000);
// A quote may come until the goodbye is answered.
quotes.unsubscribe();
await data[Symbol.asyncDispose]();
await stop(second);
